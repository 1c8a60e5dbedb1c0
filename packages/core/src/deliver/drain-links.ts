import { atMost } from '../deadline'
import type { P2pError } from '../errors'
import type { Clock } from '../kit'
import type { Link } from './link'

/** How sockets are ended in order. */
export interface DrainOptions {
  /** How long what is under way may take, in ms. */
  readonly timeoutMs: number
  /** What the peers are told. */
  readonly reason: string
  /** Why no request is begun on the socket to that peer any more. */
  readonly refusal: (peer: string) => P2pError
}

/** A driver drops a peer that does not follow a close after 2 s; longest wait for that, in ms. */
const LONGEST_CLOSE_MS = 3_000

/**
 * Ends links in an orderly way: no request is begun on them any more, those under way may finish for `timeoutMs`, then
 * they are closed with 1001. Settles when they are gone, or could not be closed in 3 s.
 */
export async function drainLinks(
  links: readonly Link[],
  clock: Clock,
  { timeoutMs, reason, refusal }: DrainOptions
): Promise<void> {
  for (const link of links) link.draining = refusal(link.peer)
  await untilAll(links, (link) => link.isQuiet || link.state === 'closed', { clock, timeoutMs })
  for (const link of links) link.close(1001, reason)
  await untilAll(links, (link) => link.state === 'closed', { clock, timeoutMs: LONGEST_CLOSE_MS })
}

interface UntilOptions {
  readonly clock: Clock
  /** Longest wait, in ms. */
  readonly timeoutMs: number
}

/** Waits until something is true of all links at once, which the end of something on a link makes true. */
function untilAll(
  links: readonly Link[],
  isTrue: (link: Link) => boolean,
  { clock, timeoutMs }: UntilOptions
): Promise<void> {
  if (timeoutMs <= 0 || links.every(isTrue)) return Promise.resolve()
  return atMost(timeoutMs, clock, ends(links, isTrue))
}

/** One link after the other: meanwhile those behind it end too. What was true of one may be so no more at the end. */
async function ends(links: readonly Link[], isTrue: (link: Link) => boolean): Promise<void> {
  while (!links.every(isTrue)) for (const link of links) while (!isTrue(link)) await link.nextEnd()
}
