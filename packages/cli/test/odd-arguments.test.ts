import { createServer, createThreadList } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { cleanUp, runCommand, temporaryFolder } from './command'

jest.setTimeout(120_000)

let node: P2pNode
let address: string

beforeAll(async () => {
  node = await createServer({
    cwd: temporaryFolder(),
    listen: ['ws://127.0.0.1:0'],
    log: { level: 'silent' },
    source: createThreadList({
      a: class {
        get eventMap() {
          return { 30: { echo: (_: unknown, { body }: { body: unknown }) => body } }
        }
      }
    })
  })
  address = node.addresses[0] ?? ''
})

afterAll(async () => {
  await node.close()
  await cleanUp()
})

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const run = (args: readonly string[], files: Readonly<Record<string, string>> = {}) =>
  runCommand(args, { cwd: temporaryFolder(files) })

describe('an argument that cannot be used', () => {
  it.each([
    ['request', ['ADDRESS', ''], 'The name of an event is a text that is not empty.'],
    ['talk', ['ADDRESS', ''], 'The name of an event is a text that is not empty.'],
    ['request', ['ADDRESS', 'echo', '[1,{"a":-1e400}]'], 'A number in it is larger than JSON can be sent with'],
    ['talk', ['ADDRESS', 'echo', '1e309'], 'A number in it is larger than JSON can be sent with'],
    ['config', ['show', '--config', ''], 'Give a text that is not empty.'],
    ['start', ['--config', ''], 'Give a text that is not empty.'],
    ['status', ['--cwd', ''], 'Give a text that is not empty.'],
    ['--cwd', ['', 'status'], 'Give a text that is not empty.'],
    ['watch', ['--thread', ''], 'Give a text that is not empty.'],
    ['watch', ['--socket', ''], 'Give a text that is not empty.'],
    ['watch', ['--event', ''], 'Give a text that is not empty.']
  ])('is a wrong use of %s: %j', async (command, args, text) => {
    const { code, out, err } = await run([command, ...args.map((word) => (word === 'ADDRESS' ? address : word))])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(text)
  })

  it.each(['request', 'talk'])(
    'to %s is a body that is nested too deep, which is told without a stack',
    async (name) => {
      expect(await run([name, address, 'echo', nested(64)])).toMatchObject({ code: 0, err: '' })
      for (const depth of [65, 30_000]) {
        expect(await run([name, address, 'echo', nested(depth)])).toMatchObject({
          code: 1,
          out: '',
          err:
            'error: the body is nested deeper than 64 levels (limits.bodyDepth) (ERR_TRUSTP2P_BODY_TOO_DEEP)\n' +
            '  flatten it, or raise the limit\n'
        })
      }
      const file = { 'trustp2p.config.json': '{"limits":{"bodyDepth":2}}' }
      expect((await run([name, address, 'echo', '[[],{"a":1}]'], file)).code).toBe(0)
      expect((await run([name, address, 'echo', '[[],{"a":{}}]'], file)).err).toContain('deeper than 2 levels')
    }
  )

  it.each(['../server', '', '.', 'a/b'])('is the name %j of a node, which is told of as no name', async (name) => {
    for (const args of [['status'], ['threads', 'list'], ['watch'], ['doctor', '--listen', 'ws://127.0.0.1:0']]) {
      const { code, out, err } = await run([...args, `--name=${name}`])
      expect(code).toBe(1)
      expect(out + err).toMatch(/ERR_TRUSTP2P_CONFIG_INVALID/)
      expect(out + err).not.toContain('ERR_TRUSTP2P_CONTROL_NOT_RUNNING')
    }
  })

  it('is a key of the configuration, whose code config check tells', async () => {
    const { code, err } = await run(['config', 'check', '--set', 'nix=1'])
    expect(code).toBe(1)
    expect(err).toMatch(/^error: nix \(from the flag --set\) is no key: .* \(ERR_TRUSTP2P_CONFIG_INVALID\)$/m)
  })
})
