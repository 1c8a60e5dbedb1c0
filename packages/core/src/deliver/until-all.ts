import type { Clock } from '../kit'
import type { Link } from './link'

export interface UntilOptions {
  readonly clock: Clock
  /** Longest wait, in ms. */
  readonly timeoutMs: number
}

/** Waits until something is true of all links at once, which the end of something on a link makes true. */
export function untilAll(
  links: readonly Link[],
  isTrue: (link: Link) => boolean,
  { clock, timeoutMs }: UntilOptions
): Promise<void> {
  if (timeoutMs <= 0 || links.every(isTrue)) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = clock.setTimeout(resolve, timeoutMs)
    void ends(links, isTrue).then(() => {
      clock.clearTimeout(timer)
      resolve()
    })
  })
}

/** One link after the other: meanwhile those behind it end too. What was true of one may be so no more at the end. */
async function ends(links: readonly Link[], isTrue: (link: Link) => boolean): Promise<void> {
  while (!links.every(isTrue)) for (const link of links) while (!isTrue(link)) await link.nextEnd()
}
