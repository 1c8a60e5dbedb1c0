import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import type { BuildResult } from 'esbuild'

/** Bundles for browsers: no polyfills, nothing left out, so that every module of Node is an error. */
function bundle(entry: string): Promise<BuildResult<{ write: false; metafile: true }>> {
  return build({
    absWorkingDir: join(__dirname, '..'),
    stdin: { contents: entry, resolveDir: __dirname, loader: 'ts' },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'nodes',
    write: false,
    metafile: true,
    logLevel: 'silent'
  })
}

/** What a page has and these nodes may use. The typed arrays are those that the text coders give, as in a page. */
function createPage(): object {
  const language = { Uint8Array, ArrayBuffer }
  const coders = { TextEncoder, TextDecoder }
  const events = { AbortController, AbortSignal, EventTarget, Event, DOMException }
  const timers = { setTimeout, clearTimeout, queueMicrotask, performance }
  return createContext({ ...language, ...coders, ...events, ...timers, URL, structuredClone })
}

describe('the rooms that run in browsers', () => {
  it('make a bundle without a module of Node, in which a server and a client talk', async () => {
    const { outputFiles, metafile } = await bundle(`export { talk } from './fixtures/browser-nodes'`)
    const files = Object.keys(metafile.inputs).filter((path) => path.startsWith('packages/core/src/'))
    expect(files).toContain('packages/core/src/node.ts')
    expect(files.filter((path) => /\/(host|ws)\/|\/(create|index)\.ts$/.test(path))).toEqual([])

    const page = createPage()
    const answer: unknown = await runInContext(`${String(outputFiles[0]?.text)}\nnodes.talk()`, page)
    expect(JSON.parse(String(answer))).toEqual({
      json: { text: 'é€😀', list: [1, null] },
      bytes: [0, 255],
      back: 'from the server',
      later: 'later',
      code: 'ECHO_CLOSED',
      states: ['closed', 'closed']
    })
  })

  it.each(['host/kit', 'driver/ws/ws-driver', 'create', 'index'])('are not %s, which makes no bundle', async (path) => {
    await expect(bundle(`export * from '../packages/core/src/${path}'`)).rejects.toThrow(/Could not resolve "[\w:]+"/)
  })
})
