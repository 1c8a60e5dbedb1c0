export interface Spread {
  readonly least: number
  readonly median: number
  readonly most: number
}

/** The middle value, or the mean of the two in the middle. Throws a RangeError where there is none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  if (upper === undefined || lower === undefined) throw new RangeError('There is no median of no values')
  return (lower + upper) / 2
}

/** The median with the least and the greatest value. Throws a RangeError where there is none. */
export function spreadOf(values: readonly number[]): Spread {
  return { least: Math.min(...values), median: median(values), most: Math.max(...values) }
}

/** Divides value by value. Throws a RangeError where the lists differ in length. */
export function ratios(dividends: readonly number[], divisors: readonly number[]): number[] {
  if (dividends.length !== divisors.length) throw new RangeError('Ratios need as many divisors as dividends')
  return dividends.map((dividend, index) => dividend / (divisors[index] ?? NaN))
}
