let writes = 0

export function countWrite(): void {
  writes += 1
}

/** How many socket writes this process made since it started; 0 unless `count-writes` was loaded first. */
export function countedWrites(): number {
  return writes
}
