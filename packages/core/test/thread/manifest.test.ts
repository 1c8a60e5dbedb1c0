import { contractJson, defineContract } from '../../src/contract/contract'
import { EventPatterns } from '../../src/thread/event-patterns'
import { checkManifest, NO_MANIFEST, readManifest } from '../../src/thread/manifest'
import { isThreadName } from '../../src/thread/names'
import type { ThreadInfo } from '../../src/thread/thread-events'
import { createBench } from './bench'
import { createEntry, createSource } from './scripted-source'

function read(manifest: unknown) {
  return readManifest(
    class {
      static manifest = manifest
    },
    'a.js'
  )
}

describe('the manifest', () => {
  it('may be absent, and each of its keys too', () => {
    const keys = Object.keys(NO_MANIFEST)
    expect(readManifest(class {}, 'a.js')).toEqual(NO_MANIFEST)
    expect(read(undefined)).toEqual(NO_MANIFEST)
    expect(read({})).toEqual(NO_MANIFEST)
    expect(read(Object.fromEntries(keys.map((key) => [key, undefined])))).toEqual(NO_MANIFEST)
  })

  it('gives what the thread says', () => {
    const config = { parse: () => 1 }
    const said = {
      version: '1.2.3',
      apiVersion: 1,
      after: ['a', 'b'],
      requires: ['c'],
      wants: ['d'],
      provides: ['store'],
      config,
      contract: './chat.proto',
      isolation: 'worker',
      restart: { firstMs: 0, most: 3 },
      quotas: { 'chat/*': { perSecond: 5 }, ask: { perSecond: 0.5, burst: 2, bytesPerSecond: 1_073_741_824 } },
      critical: true,
      exclusive: true
    }
    expect(read({ ...said, handles: [], sends: { REQUEST: ['ask', 'chat/*'] } })).toEqual({
      ...said,
      handles: new EventPatterns(new Map()),
      sends: new EventPatterns(new Map([[30, ['ask', 'chat/*']]]))
    })
  })

  it('takes a service, or its plain JSON, as its contract (U5)', () => {
    const { S = {} } = defineContract('message M {} service S { rpc Do(M) returns (M); }')
    expect(read({ contract: S }).contract).toEqual([S['do']?.contract])
    const json = contractJson('message M {} service S { rpc Do(M) returns (M); }')
    expect(read({ contract: json }).contract).toMatchObject([{ name: 's' }])
  })

  it('takes 1000 names, events and quotas of a key, and versions of 64 characters', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `n${index}`)
    const quotas = Object.fromEntries(names.map((name) => [name, { perSecond: 1 }]))
    const manifest = read({ after: names, sends: { TALK: names }, quotas, version: 'v'.repeat(64) })
    expect([manifest.after.length, manifest.sends?.includes(20, 'n999'), Object.keys(manifest.quotas).length]).toEqual([
      1000,
      true,
      1000
    ])
  })

  it('takes a class with a static parse for its config', () => {
    const config = class {
      static parse(): void {}
    }
    expect(read({ config }).config).toBe(config)
  })

  it('is inherited like every static', () => {
    class Base {
      static manifest = { after: ['a'] }
    }
    expect(readManifest(class extends Base {}, 'a.js').after).toEqual(['a'])
  })

  it.each([
    [null, 'is no object'],
    ['text', 'is no object'],
    [[], 'is no object'],
    [() => ({}), 'is no object'],
    [{ afer: [] }, "has the unknown key 'afer'; did you mean 'after'?"],
    [{ qqqqqqqq: 1 }, "has the unknown key 'qqqqqqqq'; it takes version, apiVersion, after,"],
    [{ ['__proto__']: [] }, "has the unknown key '__proto__'"],
    [{ version: '' }, `has "" under 'version'; give a text of 1 to 64 visible ASCII characters`],
    [{ version: 'v'.repeat(65) }, 'has "vvvv'],
    [{ version: 1 }, "has 1 under 'version'"],
    [{ apiVersion: 2 }, 'asks for apiVersion 2; this library has 1'],
    [{ handles: { TALK: 'a' } }, "has no list under 'handles.TALK'"],
    [
      { handles: { RESPONSE: [] } },
      "has the type 'RESPONSE' in 'handles'; it takes SYSTEM, HEARTBEAT_PING, TALK, REQUEST"
    ],
    [{ contract: '' }, `has "" under 'contract'; give './chat.proto', or a service of defineContract`],
    [{ contract: {} }, "has {} under 'contract'"],
    [{ contract: [1] }, "has [1] under 'contract'"],
    [{ sends: { REQUEST: [1] } }, "has 1 in 'sends.REQUEST', which is no event"],
    [{ isolation: 'process' }, `has "process" under 'isolation'; give 'inline' or 'worker'`],
    [{ restart: true }, "has no object under 'restart'; it takes firstMs, factor, longestMs, jitter, most, withinMs"],
    [{ restart: { first: 1 } }, "has the unknown key 'first' in 'restart'"],
    [{ restart: { most: -1 } }, "has -1 under 'restart.most'; give a number from 0 to 1000"],
    [{ restart: { factor: NaN } }, "has null under 'restart.factor'; give a number from 1 to 100"],
    [{ quotas: [] }, "has no object under 'quotas'"],
    [{ quotas: { ask: {} } }, "has no 'perSecond' under 'quotas.ask'"],
    [
      { quotas: { ask: { perSecond: 1, bytesPerSecond: 1_073_741_825 } } },
      "has 1073741825 under 'quotas.ask.bytesPerSecond'; give a number from 1 to 1073741824"
    ],
    [{ quotas: { ask: { perSecond: 0 } } }, "has 0 under 'quotas.ask.perSecond'; give a number from 0.001 to 1000000"],
    [{ critical: 'yes' }, `has "yes" under 'critical'; give true or false`],
    [{ exclusive: 1 }, "has 1 under 'exclusive'"],
    [{ after: Array.from({ length: 1001 }, () => 'a') }, "has more than 1000 entries under 'after'"],
    [{ after: 'a' }, "has no list under 'after'; give thread names: after: ['heartbeat']"],
    [{ after: [7] }, "names 7 in 'after', which is no thread name"],
    [{ requires: ['../a'] }, `names "../a" in 'requires', which is no thread name`],
    [{ requires: [undefined] }, "names undefined in 'requires'"],
    [{ requires: null }, "has no list under 'requires'"],
    [{ handles: ['ask'] }, "has no object under 'handles'; give events by type"],
    [{ handles: true }, "has no object under 'handles'"],
    [{ config: {} }, "has no 'parse' function under 'config'; give a schema"],
    [{ config: null }, "has no 'parse' function under 'config'"],
    [{ config: 'text' }, "has no 'parse' function under 'config'"]
  ])('is refused with the file and what is wrong: %p', (manifest, text) => {
    expect(() => read(manifest)).toThrow(
      expect.objectContaining({
        code: 'ERR_TRUSTP2P_THREAD_MANIFEST_INVALID',
        message: expect.stringContaining(`a.js: the static manifest ${text}`) as string
      })
    )
  })

  it('that throws when it is read is refused with its cause', () => {
    const cause = new Error('no')
    class Hostile {
      static get manifest(): never {
        throw cause
      }
    }
    expect(() => readManifest(Hostile, 'a.js')).toThrow(
      expect.objectContaining({ code: 'ERR_TRUSTP2P_THREAD_MANIFEST_INVALID', cause })
    )
  })
})

describe('a thread name', () => {
  it.each(['a', 'A1', 'chat-room', 'a.b', 'a@2', 'a_b'])('may be %s', (name) => {
    expect(isThreadName(name)).toBe(true)
  })

  it.each(['', '1a', '.a', '-a', '_a', 'a b', 'a/b', '../a', 'ä', 'a\n', '__proto__'])('may not be %j', (name) => {
    expect(isThreadName(name)).toBe(false)
  })
})

describe('a manifest that came with the module', () => {
  const beside = checkManifest(() => ({ version: '7', handles: [] }), 'chat.thread.json: the manifest')

  async function infoWith(threadClass: unknown): Promise<ThreadInfo | undefined> {
    const entry = createEntry('chat', {
      load: () => Promise.resolve({ exports: threadClass, revision: 1, manifest: beside })
    })
    const bench = createBench({}, { source: createSource([entry]) })
    await bench.threads.start()
    return bench.threads.list()[0]
  }

  it('is the manifest of the thread', async () => {
    expect(await infoWith(class Hooks {})).toMatchObject({ state: 'running', version: '7' })
  })

  it('is refused beside a static one, whatever that says', async () => {
    for (const manifest of [{}, null, { version: '7' }]) {
      const info = await infoWith(Object.assign(class Hooks {}, { manifest }))
      expect(info).toMatchObject({ state: 'failed', error: { code: 'ERR_TRUSTP2P_THREAD_MANIFEST_INVALID' } })
      expect(info?.error?.message).toContain('is one of two: a .thread.json file lies beside the module')
    }
  })
})
