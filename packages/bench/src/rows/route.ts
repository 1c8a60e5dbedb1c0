import type { Row } from '../figure'
import { createListenerProject } from '../ours/project'
import { spreadOf } from '../statistics'
import { nanoseconds, range } from '../text'

const PROCESSES = 5
const ROUNDS = 500
const MESSAGES = 1_000
const TARGET_NS = 1_000

/** Handing a decoded message to an inline handler that returns at once: routes, context, watchdog, counts, times. */
export const route: Row = {
  name: 'route',
  async measure(bench) {
    const medians: number[] = []
    for (let index = 0; index < PROCESSES; index++) {
      const child = bench.start('programs/route', [createListenerProject(bench.createFolder()), bench.createFolder()])
      await child.ask('route', { rounds: ROUNDS, messages: MESSAGES })
      const { medianNs = NaN } = await child.ask('route', { rounds: ROUNDS, messages: MESSAGES })
      medians.push(medianNs)
      await bench.stop(child)
    }
    const spread = spreadOf(medians)
    return [
      {
        what: 'routing one decoded message to an inline handler',
        figure: nanoseconds(spread.median),
        target: `< ${nanoseconds(TARGET_NS)}`,
        spread: range(spread, nanoseconds),
        met: spread.median < TARGET_NS
      }
    ]
  }
}
