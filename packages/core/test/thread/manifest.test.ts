import { readManifest } from '../../src/thread/manifest'
import { isThreadName } from '../../src/thread/names'

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
    const none = { after: [], requires: [], hooksOnly: false, config: undefined }
    expect(readManifest(class {}, 'a.js')).toEqual(none)
    expect(read(undefined)).toEqual(none)
    expect(read({})).toEqual(none)
    expect(read({ after: undefined, requires: undefined, handles: undefined, config: undefined })).toEqual(none)
  })

  it('gives what the thread says', () => {
    const config = { parse: () => 1 }
    expect(read({ after: ['a', 'b'], requires: ['c'], handles: [], config })).toEqual({
      after: ['a', 'b'],
      requires: ['c'],
      hooksOnly: true,
      config
    })
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
    [{ afer: [] }, "has the unknown key 'afer'; it takes after, requires, handles, config"],
    [{ ['__proto__']: [] }, "has the unknown key '__proto__'"],
    [{ exclusive: true }, "has the unknown key 'exclusive'"],
    [{ after: 'a' }, "has no list under 'after'; give thread names: after: ['heartbeat']"],
    [{ after: [7] }, "names 7 in 'after', which is no thread name"],
    [{ requires: ['../a'] }, `names "../a" in 'requires', which is no thread name`],
    [{ requires: [undefined] }, "names undefined in 'requires'"],
    [{ requires: null }, "has no list under 'requires'"],
    [{ handles: ['ask'] }, "takes only [] under 'handles'"],
    [{ handles: true }, "takes only [] under 'handles'"],
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
