import type { BanOptions } from './known-peer'

/** Longest reason of a ban, in UTF-16 units. */
export const LONGEST_REASON = 200

/** Longest ban, in ms: 100 years. */
export const LONGEST_BAN_MS = 100 * 365 * 86_400_000

/** Throws a TypeError or a RangeError for what no ban is made with. */
export function assertBanOptions({ ms, reason }: BanOptions): void {
  if (ms !== undefined && !(Number.isInteger(ms) && ms >= 1 && ms <= LONGEST_BAN_MS)) {
    throw new RangeError(`ms of a ban is a whole number from 1 to ${LONGEST_BAN_MS}, not ${String(ms)}`)
  }
  if (reason === undefined) return
  if (typeof reason !== 'string') throw new TypeError('the reason of a ban is a text')
  if (reason.length > LONGEST_REASON) {
    throw new RangeError(`the reason of a ban has at most ${LONGEST_REASON} characters, not ${reason.length}`)
  }
}
