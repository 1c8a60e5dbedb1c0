import { deepStrictEqual } from 'node:assert'
import { performance } from 'node:perf_hooks'
import { median } from '../statistics'
import type { Asker } from './asker'
import { BODY, ECHO_EVENT } from './body'

export interface Throughput {
  readonly requests: number
  /** How many requests wait for their answers at any time. */
  readonly inFlight: number
  /** What each of them carries [64 bytes of JSON]. */
  readonly body?: unknown
}

/** Throws unless the other end really echoes. */
export async function assertEcho(ask: Asker): Promise<void> {
  const answer = await new Promise((resolve) => ask(ECHO_EVENT, BODY, resolve))
  deepStrictEqual(answer, BODY)
}

/** Gives the messages per second: each answer starts the next request. */
export function measureThroughput(ask: Asker, { requests, inFlight, body = BODY }: Throughput): Promise<number> {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    let left = requests
    let waiting = 0
    const next = (): void => {
      left -= 1
      waiting += 1
      ask(ECHO_EVENT, body, onAnswer)
    }
    const onAnswer = (): void => {
      waiting -= 1
      if (left > 0) next()
      else if (waiting === 0) resolve((requests * 1000) / (performance.now() - startedAt))
    }
    for (let index = 0; index < Math.min(inFlight, requests); index++) next()
  })
}

/** Gives the median latency in µs of requests sent one at a time. */
export function measureLatency(ask: Asker, requests: number): Promise<number> {
  const latencies: number[] = []
  return new Promise((resolve) => {
    let startedAt = performance.now()
    const onAnswer = (): void => {
      const now = performance.now()
      latencies.push((now - startedAt) * 1000)
      if (latencies.length >= requests) return resolve(median(latencies))
      startedAt = performance.now()
      ask(ECHO_EVENT, BODY, onAnswer)
    }
    ask(ECHO_EVENT, BODY, onAnswer)
  })
}
