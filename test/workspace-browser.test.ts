import { bundlePage, createPage, runInPage, textOf } from './browser/page'

describe('the rooms that run in browsers', () => {
  it('make a bundle without a module of Node, in which a server and a client talk', async () => {
    const bundle = await bundlePage(`export { talk } from './fixtures/browser-nodes'`)
    const files = Object.keys(bundle.metafile.inputs).filter((path) => path.startsWith('packages/core/src/'))
    expect(files).toContain('packages/core/src/node.ts')
    expect(files.filter((path) => /\/(host|ws)\/|\/(create|index)\.ts$/.test(path))).toEqual([])

    const answer = await runInPage(createPage('https://page.example'), textOf(bundle), 'page.talk()')
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
    await expect(bundlePage(`export * from '../packages/core/src/${path}'`)).rejects.toThrow(
      /Could not resolve "[\w:]+"/
    )
  })
})
