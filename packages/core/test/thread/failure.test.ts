import { P2pError } from '../../src/errors'
import { failureOf } from '../../src/thread/failure'

const FAILED = 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED'
const GENERIC = { code: FAILED, text: 'the handler failed: see the log of the peer' }

function coded(code: unknown, message = 'no', more: object = {}): Error {
  return Object.assign(new Error(message), { code, ...more })
}

describe('T11 what a caller learns of a failure', () => {
  it.each([['E'], ['E_OWN'], ['ERR_TRUSTP2P_LIMIT_BUSY'], [`A${'B'.repeat(63)}`]])('is the own code %s', (code) => {
    expect(failureOf(coded(code))).toEqual({ code, text: 'no' })
  })

  it.each([[''], ['e_own'], ['1E'], ['E OWN'], ['E-OWN'], [`A${'B'.repeat(64)}`], [7], [null], [{}], ['E\n']])(
    'is the general code where the own one is %p',
    (code) => {
      expect(failureOf(coded(code))).toEqual({ code: FAILED, text: 'no' })
    }
  )

  it.each([
    ['one line', 'one line'],
    ['first\nsecond', 'first'],
    ['first\r\nsecond', 'first'],
    ['first\u2028second', 'first'],
    ['\n  first  \nsecond', 'first'],
    ['x'.repeat(500), 'x'.repeat(500)],
    ['x'.repeat(501), 'x'.repeat(500)],
    ['', GENERIC.text],
    [' \n ', GENERIC.text]
  ])('is the first line of the message, 500 characters at most: %j', (message, text) => {
    expect(failureOf(new Error(message)).text).toBe(text)
  })

  it.each([
    [
      'a file',
      coded('ENOENT', "ENOENT: no such file or directory, open '/home/me/secret'", { errno: -2, syscall: 'open' })
    ],
    ['a name', coded('ENOTFOUND', 'getaddrinfo ENOTFOUND host', { syscall: 'getaddrinfo' })],
    [
      'several addresses',
      coded('ECONNREFUSED', 'none of them', { errors: [coded('ECONNREFUSED', '', { errno: -111 })] })
    ],
    ['a module', coded('MODULE_NOT_FOUND', "Cannot find module './x'\nRequire stack:\n- /home/me/a.js")],
    ['an import', coded('ERR_MODULE_NOT_FOUND', "Cannot find module '/home/me/x'")]
  ])('tells neither code nor text of an error of the system: %s', (_what, error) => {
    expect(failureOf(error)).toEqual(GENERIC)
  })

  it.each([
    ['a text', 'a text'],
    [undefined, GENERIC.text],
    [null, GENERIC.text],
    [7, GENERIC.text],
    [Symbol('x'), GENERIC.text],
    [{}, GENERIC.text],
    [{ message: 7 }, GENERIC.text],
    [{ message: 'of no class' }, 'of no class']
  ])('can be made of anything that is thrown: %p', (thrown, text) => {
    expect(failureOf(thrown)).toEqual({ code: FAILED, text })
  })

  it('can be made of an object that throws when it is read', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
        has: () => true
      }
    )
    expect(failureOf(hostile)).toEqual(GENERIC)
  })

  it('holds neither cause nor details nor stack', () => {
    const error = new P2pError('ERR_TRUSTP2P_LIMIT_BUSY', 'full', {
      cause: new Error('secret'),
      details: { secret: 1 }
    })
    expect(Object.keys(failureOf(error))).toEqual(['code', 'text'])
  })
})
