/** Writes frames byte by byte, right and wrong ones, with nothing of the codec. */

/** A varint of a value that may be negative or need 64 bits. */
export function varint(value: number | bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return [...bytes, Number(rest)]
}

export function key(field: number, wireType: number): number[] {
  return varint((BigInt(field) << 3n) | BigInt(wireType))
}

export function lengthField(field: number, content: string | Uint8Array | number[]): number[] {
  const bytes = typeof content === 'string' ? [...new TextEncoder().encode(content)] : [...content]
  return [...key(field, 2), ...varint(bytes.length), ...bytes]
}

export function varintField(field: number, value: number | bigint): number[] {
  return [...key(field, 0), ...varint(value)]
}

/** The six fields of 2018. */
export function plainFields(type: number, event: string, body: string, tag: string): number[][] {
  return [
    lengthField(1, '1.0'),
    lengthField(2, '1'),
    varintField(3, type),
    lengthField(4, event),
    lengthField(5, body),
    lengthField(6, tag)
  ]
}

export function frame(...fields: number[][]): Uint8Array {
  return Uint8Array.from(fields.flat())
}

/** Gives what a call throws. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
