import { performance } from 'node:perf_hooks'
import type * as Library from 'trustp2p'
import { serveParent } from '../process/serve-parent'

const folder = process.argv[2] ?? ''

serveParent(async () => {
  const startedAt = performance.now()
  const { createServer } = importLibrary()
  const importedAt = performance.now()
  const node = await createServer({ cwd: folder, listen: ['ws://127.0.0.1:0'] })
  const createdAt = performance.now()
  const running = node.threads.list().filter(({ state }) => state === 'running').length
  return { start: () => ({ importMs: importedAt - startedAt, createMs: createdAt - importedAt, running }) }
})

/** Loads the library while the clock runs, as a program that was compiled to CommonJS does it. */
function importLibrary(): typeof Library {
  // eslint-disable-next-line @typescript-eslint/no-require-imports, @typescript-eslint/no-unsafe-assignment -- typed here
  const library: typeof Library = require('trustp2p')
  return library
}
