import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createServer } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { Generations } from './generations'
import { heapAfterCollection } from './heap'
import { serveParent } from '../process/serve-parent'
import { RELOADED_THREAD, readEnding, reloadedThread } from '../ours/reloaded-thread'

/** How long old generations may take to end after the last reload, in ms. */
const SETTLE_MS = 5_000

const folder = process.argv[2] ?? ''
const ending = readEnding(process.argv[3])

serveParent(async () => {
  const generations = new Generations()
  Reflect.set(globalThis, 'trustp2pBench', generations)
  const node = await createServer({ cwd: folder, listen: [] })
  let version = 0
  return {
    reload: async ({ reloads = 0, alive = 0 }) => {
      for (let index = 0; index < reloads; index++) await reloadOnce(node, ++version)
      await settle(generations, alive)
      return { heap: await heapAfterCollection(), alive: generations.alive(), loaded: generations.count }
    }
  }
})

/** Writes a new version of the thread's entry and lets the node load it. */
async function reloadOnce(node: P2pNode, version: number): Promise<void> {
  writeFileSync(join(folder, 'threads-available', RELOADED_THREAD, `index.${ending}`), reloadedThread(ending, version))
  await node.threads.reload(RELOADED_THREAD)
}

/** The end of an old generation is not awaited by the reload that replaced it. */
async function settle(generations: Generations, alive: number): Promise<void> {
  const until = performance.now() + SETTLE_MS
  do {
    await wait(50)
    await heapAfterCollection()
  } while (generations.alive() > alive && performance.now() < until)
}
