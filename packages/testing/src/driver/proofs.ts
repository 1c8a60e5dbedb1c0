import { fail, ok, strictEqual } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { DriverSocket, ErrorCode } from 'trustp2p'

/** Proves that a promise rejects with a code, and with texts in its message; gives the error. */
export async function rejectsWith(
  promise: Promise<unknown>,
  code: ErrorCode,
  ...texts: readonly string[]
): Promise<Error> {
  const outcome = await promise.then(
    () => fail(`it resolved instead of rejecting with ${code}`),
    (error: unknown) => error
  )
  return assertCoded(outcome, code, texts)
}

/** Proves that a call throws an error with a code, and with texts in its message. */
export function throwsWith(call: () => unknown, code: ErrorCode, ...texts: readonly string[]): void {
  assertCoded(thrownBy(call), code, texts)
}

/** Proves that a call throws a RangeError: by its name, since it may be of another realm. */
export function throwsRangeError(call: () => unknown): void {
  strictEqual((thrownBy(call) as Partial<Error>).name, 'RangeError')
}

/** Gives what a call throws. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return fail('it did not throw')
}

function assertCoded(error: unknown, code: ErrorCode, texts: readonly string[]): Error {
  const coded = error as Error & { readonly code?: unknown }
  strictEqual(coded.code, code, `${code} was expected, not ${String(error)}`)
  for (const text of texts) ok(coded.message.includes(text), `"${text}" is missing in: ${coded.message}`)
  return coded
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Bytes that differ from place to place and from seed to seed. */
export function pattern(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let index = 0; index < size; index++) bytes[index] = (index * 31 + seed * 17) & 0xff
  return bytes
}

/** The bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Length and hash of bytes: what a failed comparison can show. */
export function digest(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return 'none'
  return `${bytes.length} bytes ${createHash('sha256').update(bytes).digest('hex')}`
}

/** Gives the only one. */
export function only<Value>(values: readonly Value[]): Value {
  const [value] = values
  if (values.length !== 1 || value === undefined) return fail(`one was expected, not ${values.length}`)
  return value
}

/** Sends frames of `frameBytes` to a peer that does not read until they stay in our own queue; gives how many. */
export async function jam(socket: DriverSocket, frameBytes = 60_000): Promise<number> {
  let sent = 0
  for (let stuckTurns = 0; stuckTurns < STUCK_TURNS;) {
    const before = socket.bufferedAmount
    if (before === 0) {
      socket.send(new Uint8Array(frameBytes))
      sent += 1
    }
    await turn()
    stuckTurns = before > 0 && socket.bufferedAmount === before ? stuckTurns + 1 : 0
  }
  return sent
}

/** A queue that no byte leaves for so many turns of the event loop waits for its reader. */
const STUCK_TURNS = 50
