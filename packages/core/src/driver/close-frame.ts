/** How a connection ends. */
export interface CloseFrame {
  readonly code: number
  readonly reason: string
}

/** Most bytes of UTF-8 in the reason of a close frame: a control frame has 125, the code takes two (RFC 6455, 5.5). */
const REASON_BYTES = 123

/** How long a peer has to follow an orderly close before its connection is dropped, in ms. */
export const CLOSE_MS = 2_000

/**
 * Most bytes of a peer that are read behind our close frame, and over byte streams behind its own: what a peer that sends
 * as much as it may had under way, and the frame that answers. Who sends on is not read any more, and its connection is
 * dropped when the time to follow is over.
 */
export const LATE_BYTES = 8 * 1024 * 1024

/** The code of a connection that was lost without a close frame (RFC 6455, 7.1.5). Never sent. */
export const CLOSED_ABNORMALLY = 1006

/** How a connection ends without a close frame. */
export const ABNORMAL: CloseFrame = { code: CLOSED_ABNORMALLY, reason: '' }

/** The code for what is longer than its receiver takes (RFC 6455, 7.4.1). */
export const TOO_LARGE = 1009

/** Codes for who did something wrong, and for who is not let in (RFC 6455, 7.4.1, and its registry). */
const REFUSALS: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, TOO_LARGE, 1013])

/** True for a code by which a peer is thrown off, and not said goodbye to. */
export function isRefusal(code: number): boolean {
  return REFUSALS.has(code)
}

/** Throws a RangeError for a code or a reason that no close frame can carry (RFC 6455, 7.4). */
export function assertCloseFrame(code: number, reason: string): void {
  if (!isCloseCode(code)) throw new RangeError(`${code} is no close code: use 1000 to 1003, 1007 to 1014, 3000 to 4999`)
  // A character of UTF-16 has at most three bytes of UTF-8: most reasons need no encoding to be known as short.
  if (reason.length * 3 <= REASON_BYTES) return
  const bytes = new TextEncoder().encode(reason).length
  if (bytes > REASON_BYTES) throw new RangeError(`a close reason has at most ${REASON_BYTES} bytes, this one ${bytes}`)
}

/** True for a code that a close frame can carry. */
export function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
}
