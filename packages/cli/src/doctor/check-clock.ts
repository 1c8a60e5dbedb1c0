import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { duration } from '../units'
import { ok, problem, warning } from './finding'
import type { Finding } from './finding'

/** This version was not made before that: a clock that shows an earlier time was never set. */
const MADE_AT = Date.UTC(2025, 0, 1)
/** Files that are written to often, and whose time shows what another clock said. */
const DATED_FILES = [
  'package.json',
  'trustp2p.config.json',
  'trustp2p.config.yaml',
  'threads-enabled',
  'threads-available'
]
/** A file that is this much newer than now was dated by a clock that goes ahead of ours, in ms. */
const AHEAD_MS = 60_000
/** How long the two clocks are compared, and how much they may differ, in ms. */
const COMPARED_MS = 100
const DRIFT_MS = 50

/** Looks at the clock: certificates and logs depend on it. */
export async function checkClock(folder: string, clock: { now(): number } = Date): Promise<Finding[]> {
  const now = clock.now()
  if (now < MADE_AT) {
    return [problem(`the clock shows ${new Date(now).toISOString()}, which is long ago`, 'set it, or let NTP set it')]
  }
  const findings = [...(await datedAhead(folder, now)), ...(await driftOf(clock))]
  return findings.length > 0 ? findings : [ok(`the clock shows ${new Date(now).toISOString()}`)]
}

async function datedAhead(folder: string, now: number): Promise<Finding[]> {
  const found: Finding[] = []
  for (const name of DATED_FILES) {
    const stats = await stat(join(folder, name)).catch(() => undefined)
    const aheadMs = (stats?.mtimeMs ?? 0) - now
    if (aheadMs <= AHEAD_MS) continue
    const text = `${name} is dated ${duration(aheadMs)} ahead of the clock`
    found.push(warning(text, 'set the clock, or let NTP set it; else touch the file'))
  }
  return found
}

async function driftOf(clock: { now(): number }): Promise<Finding[]> {
  const start = { wall: clock.now(), steady: performance.now() }
  await wait(COMPARED_MS)
  const driftMs = Math.abs(clock.now() - start.wall - (performance.now() - start.steady))
  if (driftMs <= DRIFT_MS) return []
  const text = `the clock jumped by ${Math.round(driftMs)} ms within ${COMPARED_MS} ms`
  return [warning(text, 'see what sets it: two services may, or a virtual machine was stopped')]
}
