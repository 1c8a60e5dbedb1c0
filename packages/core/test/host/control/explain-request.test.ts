import { EXPLAIN_RECORDS } from '../../../src/host/control/control-limits'
import { explainQueryOf } from '../../../src/host/control/explain-request'
import { errorCode } from '../../../src/errors'
import { removeProjects, TemporaryProject } from '../temporary-project'
import { closeAll, connectTo, startNode } from './nodes'

afterEach(async () => {
  await closeAll()
  removeProjects()
})

it.each([
  [{}, { limit: EXPLAIN_RECORDS }],
  [
    { about: 'a', peer: 'b', socket: 'c', request: 'd', limit: 1, later: 2 },
    { about: 'a', peer: 'b', socket: 'c', request: 'd', limit: 1 }
  ],
  [{ limit: EXPLAIN_RECORDS }, { limit: EXPLAIN_RECORDS }],
  [{ limit: EXPLAIN_RECORDS + 1 }, { limit: EXPLAIN_RECORDS }]
])('the request %j asks for %j', (body, query) => {
  expect(explainQueryOf(body)).toEqual(query)
})

it.each([null, 'text', [], { about: 1 }, { peer: null }, { limit: 0 }, { limit: 1.5 }, { limit: '1' }])(
  'the request %j is none',
  (body) => {
    expect(() => explainQueryOf(body)).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_CONTROL_INVALID' }))
  }
)

it('U8 a control client is told what the node knows', async () => {
  const { cwd } = new TemporaryProject()
  const node = await startNode(cwd)
  const client = await connectTo(cwd)
  expect(await client.explain()).toEqual([])
  for (const scheme of ['none', 'nix']) {
    const dialled = node.connect(`${scheme}://127.0.0.1:1`)
    expect(await dialled.catch(errorCode)).toBe('ERR_TRUSTP2P_DRIVER_SCHEME_UNKNOWN')
  }
  expect(await client.explain()).toEqual(node.explain())
  expect(await client.explain({ about: 'none://127.0.0.1:1' })).toMatchObject([{ url: 'none://127.0.0.1:1' }])
  expect(await client.explain({ limit: 1 })).toMatchObject([{ url: 'nix://127.0.0.1:1' }])
  await expect(client.explain({ limit: 0 })).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_CONTROL_INVALID' })
})

it('as many records as are told at once fit into an answer, however long their texts are', async () => {
  const { cwd } = new TemporaryProject()
  const node = await startNode(cwd, { limits: { explainRecords: 10_000 } })
  const long = '\u0001'.repeat(1_000)
  const urls = Array.from({ length: EXPLAIN_RECORDS + 1 }, (_, index) => `none://host-${index}/${index}${long}`)
  for (const url of urls) await node.connect(url).catch(() => undefined)
  expect(node.explain()).toHaveLength(EXPLAIN_RECORDS + 1)
  const client = await connectTo(cwd)
  expect(await client.explain()).toHaveLength(EXPLAIN_RECORDS)
})
