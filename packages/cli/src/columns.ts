const DEFAULT_COLUMNS = 80

/** The width of a terminal in characters. One that was not told its size says that it has no columns at all. */
export function columnsOf({ columns = 0 }: { readonly columns?: number }): number {
  return columns > 0 ? columns : DEFAULT_COLUMNS
}
