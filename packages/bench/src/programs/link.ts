import { unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createClient, createServer, errorCode } from 'trustp2p'
import { linkThread } from '../ours/project'
import { serveParent } from '../process/serve-parent'

/** Pause between two looks, in ms: a bound on the error of the figure. */
const PAUSE_MS = 2
/** Longest wait for a change to show, in ms. */
const LONGEST_MS = 10_000

const project = process.argv[2] ?? ''
const emptyFolder = process.argv[3] ?? ''
const THREAD = 'echo.js'

serveParent(async () => {
  const server = await createServer({ cwd: project, listen: ['ws://127.0.0.1:0'], auth: 'off' })
  const client = await createClient({ cwd: emptyFolder, connect: server.addresses, auth: 'off' })
  const [socket] = client.sockets
  if (socket === undefined) throw new Error('The client did not reach the server')
  const isLive = async (): Promise<boolean> => {
    try {
      await client.request(socket, 'echo', {})
      return true
    } catch (error) {
      if (errorCode(error) === 'ERR_TRUSTP2P_THREAD_NO_HANDLER') return false
      throw error
    }
  }
  return {
    link: async () => ({ elapsedMs: await untilLive(true, isLive, () => linkThread(project, THREAD)) }),
    unlink: async () => ({
      elapsedMs: await untilLive(false, isLive, () => unlinkSync(join(project, 'threads-enabled', THREAD)))
    })
  }
})

/** Makes a change and gives the time until a peer sees it, in ms. */
async function untilLive(wanted: boolean, isLive: () => Promise<boolean>, change: () => void): Promise<number> {
  const startedAt = performance.now()
  change()
  while ((await isLive()) !== wanted) {
    if (performance.now() - startedAt > LONGEST_MS) throw new Error(`The change did not show in ${LONGEST_MS} ms`)
    await wait(PAUSE_MS)
  }
  return performance.now() - startedAt
}
