const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Writes a time for people: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`. */
export function duration(ms: number): string {
  if (ms < 10 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(1)} s`
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ${Math.floor((ms % MINUTE_MS) / SECOND_MS)} s`
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ${Math.floor((ms % HOUR_MS) / MINUTE_MS)} min`
  return `${Math.floor(ms / DAY_MS)} d ${Math.floor((ms % DAY_MS) / HOUR_MS)} h`
}

/** Writes a time that may be short: `0.4 ms`, `12 ms`, then as `duration` does. */
export function shortDuration(ms: number): string {
  if (ms >= SECOND_MS) return duration(ms)
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const

/** Writes a number of bytes for people: `512 B`, `1.5 KiB`, `83 MiB`. */
export function byteSize(bytes: number): string {
  let [size, unit] = [bytes, 0]
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024
    unit++
  }
  return `${unit === 0 || size >= 10 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit] ?? ''}`
}

/** Writes a number for people: `12,345`. */
export function count(number: number): string {
  return number.toLocaleString('en-US')
}
