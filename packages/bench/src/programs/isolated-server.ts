import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createServer } from 'trustp2p'
import { heapAfterCollection } from './heap'
import { readEnding } from '../ours/reloaded-thread'
import { serveParent } from '../process/serve-parent'
import { median } from '../statistics'

const [, , folder = '', given] = process.argv
const ending = readEnding(given)
const NAME = 'isolated'
const SETTLE_MS = 5_000

const HEAD = {
  js: "const { PackageType, Thread } = require('trustp2p')\nmodule.exports = class Isolated extends Thread {",
  mjs: "import { PackageType, Thread } from 'trustp2p'\nexport default class Isolated extends Thread {",
  ts: "import { PackageType, Thread } from 'trustp2p'\nexport default class Isolated extends Thread {"
} as const

/** A thread that takes a millisecond for its answer, so that reloads meet requests that run. */
const threadText = (version: number): string => `
  ${HEAD[ending]}
    get eventMap() { return { [PackageType.REQUEST]: { version: this.onVersion } } }
    async onVersion()${ending === 'ts' ? ': Promise<number>' : ''} {
      await new Promise((resolve) => this.setTimeout(resolve, 1))
      return ${version}
    }
  }
`

serveParent(async () => {
  const file = join(folder, 'threads-enabled', `${NAME}.${ending}`)
  writeFileSync(file, threadText(0))
  const workers = countWorkers()
  const node = await createServer({
    auth: 'off',
    cwd: folder,
    listen: ['ws://127.0.0.1:0'],
    log: { level: 'silent' },
    threads: { [NAME]: { isolation: 'worker' } }
  })
  const port = Number(new URL(node.addresses[0] ?? '').port)
  let version = 0
  return {
    port: () => ({ port }),
    /** Writes new versions and lets the node load them; what is left of the old ones is counted. */
    reload: async ({ reloads = 0, alive = 0 }) => {
      const swaps: number[] = []
      for (let index = 0; index < reloads; index++) {
        writeFileSync(file, threadText(++version))
        const startedAt = performance.now()
        await node.threads.reload(NAME)
        swaps.push(performance.now() - startedAt)
      }
      const until = performance.now() + SETTLE_MS
      while (workers.alive() > alive && performance.now() < until) await wait(50)
      return { swapMs: median(swaps), alive: workers.alive(), heap: await heapAfterCollection() }
    }
  }
})

/** Counts the workers of this process that have not ended, those that are kept ready included. */
function countWorkers(): { readonly alive: () => number } {
  let count = 0
  process.on('worker', (worker) => {
    count += 1
    worker.once('exit', () => (count -= 1))
  })
  return { alive: () => count }
}
