const SLAB_BYTES = 8192
const LONGEST_SHARED = 2048

let slab = new ArrayBuffer(SLAB_BYTES)
let used = 0

/**
 * Gives room for one frame. Short ones share an ArrayBuffer, since making one of its own costs more than encoding the
 * frame; a frame that is kept keeps at most 8 KiB. So never hand `.buffer` of a frame on, nor transfer it.
 */
export function allocateFrame(size: number): Uint8Array {
  if (size > LONGEST_SHARED) return new Uint8Array(size)
  if (used + size > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES)
    used = 0
  }
  const frame = new Uint8Array(slab, used, size)
  used += size
  return frame
}
