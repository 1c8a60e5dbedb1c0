/** How many good events are worth a point. */
export const GOOD_OF_A_POINT = 1_000

/** Most points that good events give. */
export const MOST_CREDIT = 5

/** Good and invalid events as they count at a time: half as much after each half-life. */
export interface Standing {
  readonly good: number
  readonly invalid: number
  /** In ms since 1970. */
  readonly at: number
}

/** What counts of them at `now`. A clock that was set back counts as one that stands still. */
export function decayed({ good, invalid, at }: Standing, now: number, halfLifeMs: number): Standing {
  const left = 2 ** (-Math.max(0, now - at) / halfLifeMs)
  return { good: good * left, invalid: invalid * left, at: now }
}

/** A point for each thousand good events, at most 5, less one for each invalid event. */
export function scoreOf({ good, invalid }: Pick<Standing, 'good' | 'invalid'>): number {
  return Math.min(good / GOOD_OF_A_POINT, MOST_CREDIT) - invalid
}
