import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { createServer } from 'trustp2p'
import { Generations } from './generations'
import { serveParent } from '../process/serve-parent'
import { RELOADED_THREAD, readEnding, reloadedThread } from '../ours/reloaded-thread'

const [, , folder = '', given] = process.argv
const ending = readEnding(given)
const file = join(folder, 'threads-available', RELOADED_THREAD, `index.${ending}`)

/** How finely the delay of the event loop is looked at, in ms. */
const RESOLUTION_MS = 5
const BROKEN = '\nclass {\n'

serveParent(async () => {
  Reflect.set(globalThis, 'trustp2pBench', new Generations())
  const node = await createServer({ cwd: folder, listen: ['ws://127.0.0.1:0'], auth: 'off', log: { level: 'silent' } })
  const port = Number(new URL(node.addresses[0] ?? '').port)
  let version = 0
  const whileDelayIsSeen = async (work: () => Promise<void>) => {
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    delay.enable()
    await work()
    delay.disable()
    return { delayMs: Math.max(0, delay.max / 1e6 - RESOLUTION_MS) }
  }
  const save = () => writeFileSync(file, reloadedThread(ending, ++version))
  return {
    port: () => ({ port }),
    /** Stands by while a peer asks. */
    idle: ({ ms = 0 }) => whileDelayIsSeen(() => wait(ms)),
    reload: ({ reloads = 0 }) =>
      whileDelayIsSeen(async () => {
        for (let index = 0; index < reloads; index++) {
          save()
          await node.threads.reload(RELOADED_THREAD)
        }
      }),
    /** Saves a file that does not parse, and mends it after a time. */
    break: async ({ ms = 0 }) => {
      let broken = 0
      node.on('thread:failed', () => (broken += 1))
      writeFileSync(file, BROKEN)
      await wait(ms)
      const reloaded = new Promise((resolve) => node.on('thread:reloaded', resolve))
      save()
      await reloaded
      return { broken }
    }
  }
})
