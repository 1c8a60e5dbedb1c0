import type * as Files from 'node:fs'
import type * as System from 'node:os'
import type * as Threads from 'node:worker_threads'

/** What each number of the shared memory holds. */
export const Cell = {
  /** The number of the place whose code runs; 0: none that could be named. */
  RUNNING: 0,
  /** Rises while the event loop turns. */
  BEAT: 1,
  /** The number of the place that was seen to block; 0: none. */
  SEEN: 2
} as const

/** What is said of a place that blocks. */
export interface WatchedPlace {
  readonly thread: string
  readonly what: string
  readonly blockedMs: number
  /** Whether a line is written. */
  readonly logsBlocked: boolean
}

/** What the watched thread tells. */
export interface WatchNews {
  readonly added?: readonly (readonly [number: number, place: WatchedPlace])[]
  readonly removed?: readonly number[]
  /** How often the event loop is to tell of itself, in ms. */
  readonly beatMs?: number
}

/**
 * The program of the watchdog's worker. It is handed over as text: nothing outside of the function may be named in it.
 */
export function watchLoop(
  { parentPort, workerData }: typeof Threads,
  { writeSync }: typeof Files,
  { hostname }: typeof System
): void {
  const [RUNNING, BEAT, SEEN, STANDARD_ERROR, ERROR_LEVEL] = [0, 1, 2, 2, 50] as const
  const cells = workerData as Int32Array
  const places = new Map<number, WatchedPlace>()
  let beatMs = Infinity
  let lastBeat = cells[BEAT]
  let lookedAt = performance.now()
  let stillMs = 0
  let told = false
  let timer: NodeJS.Timeout | undefined

  function write(place: WatchedPlace): void {
    const { thread, what: where } = place
    const facts = { level: ERROR_LEVEL, time: Date.now(), pid: process.pid, hostname: hostname() }
    const text = 'the thread keeps the event loop from turning'
    const line = JSON.stringify({ ...facts, thread, where, blockedMs: Math.round(stillMs), msg: text })
    try {
      writeSync(STANDARD_ERROR, `${line}\n`)
    } catch {
      // Nobody reads: it is told of once it has ended.
    }
  }

  function look(): void {
    const now = performance.now()
    // A process that was suspended did not stand still.
    const elapsedMs = Math.min(now - lookedAt, 2 * beatMs)
    lookedAt = now
    if (cells[BEAT] !== lastBeat) {
      lastBeat = cells[BEAT]
      stillMs = 0
      told = false
      return
    }
    stillMs += elapsedMs
    const number = cells[RUNNING] ?? 0
    const place = places.get(number)
    // The last beat came at most one beat before the code was called.
    if (told || place === undefined || stillMs < place.blockedMs + beatMs) return
    told = true
    cells[SEEN] = number
    if (place.logsBlocked) write(place)
  }

  parentPort?.on('message', (news: WatchNews) => {
    for (const [number, place] of news.added ?? []) places.set(number, place)
    for (const number of news.removed ?? []) places.delete(number)
    if (news.beatMs === undefined) return
    beatMs = news.beatMs
    clearInterval(timer)
    timer = setInterval(look, beatMs)
  })
}
