import type { Random } from 'trustp2p'
import { CP2pPackage, PackageType } from 'trustp2p'

export const GREETING = CP2pPackage.encode({
  type: PackageType.TALK,
  event: 'version',
  body: { protocol_version: '1.0', alt: '1', encodings: [0, 1] }
})
const EVENTS = ['echo', '__proto__', 'constructor', 'cancel', '', 'x'.repeat(300)]
const TYPES = Object.values(PackageType)
const DEEP_LEVELS = 200_000
/** A deep frame among so many. */
export const DEEP_EVERY = 2000
/** The tag of deep frames alone: field 6, one byte long. */
export const DEEP_TAG = 'd'
export const DEEP_TAG_FIELD = Buffer.from([0x32, 1, 0x64])

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random.next() * list.length)] as T
}

/** A frame: well formed, a greeting again, well formed with a deep body, mutated, or noise. */
export function createFrame(random: Random, index: number): Uint8Array {
  const kind = random.next()
  if (index % DEEP_EVERY === 0) return createDeepFrame(random)
  if (kind < 0.1) return Uint8Array.from({ length: Math.floor(random.next() * 64) }, () => random.next() * 256)
  if (kind < 0.12) return kind < 0.11 ? GREETING : mutate(random, GREETING)
  const frame = CP2pPackage.encode({
    type: pick(random, TYPES),
    event: pick(random, EVENTS),
    body: pick<unknown>(random, [null, { a: [1, 'é'] }, 'text', new Uint8Array(20)]),
    tag: pick(random, ['', '1', String(index), '__proto__'])
  })
  return kind < 0.4 ? frame : mutate(random, frame)
}

function createDeepFrame(random: Random): Uint8Array {
  const open = pick(random, ['[', '{"a":'])
  const close = open === '[' ? ']' : '}'
  const text = Buffer.from(`${open.repeat(DEEP_LEVELS)}1${random.next() < 0.5 ? close.repeat(DEEP_LEVELS) : ''}`)
  const head = CP2pPackage.encode({
    type: PackageType.REQUEST,
    event: 'echo',
    body: new Uint8Array(text),
    tag: DEEP_TAG
  })
  // The encoding field is the last two bytes: without it the body is read as JSON text.
  return head.subarray(0, head.length - 2)
}

/** Changes, cuts, repeats or removes bytes behind the version and the alt, which would end the socket. */
export function mutate(random: Random, frame: Uint8Array): Uint8Array {
  const at = 8 + Math.floor(random.next() * (frame.length - 8))
  const copy = Uint8Array.from(frame)
  switch (Math.floor(random.next() * 4)) {
    case 0:
      copy[at] = random.next() * 256
      return copy
    case 1:
      return copy.subarray(0, at)
    case 2:
      return Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(8)])
    default:
      return Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + 1)])
  }
}
