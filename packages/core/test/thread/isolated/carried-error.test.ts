import fc from 'fast-check'
import { P2pError } from '../../../src/errors'
import { carryError, isCarriedError, restoreError } from '../../../src/thread/isolated/carried-error'

/** What the other side of a port gets. */
function carried(thrown: unknown): Error {
  return restoreError(structuredClone(carryError(thrown)))
}

describe('an error across a port', () => {
  it('keeps class, code, text, stack, details and cause', () => {
    const cause = Object.assign(new RangeError('deep'), { code: 'E_DEEP' })
    const error = new P2pError('ERR_TRUSTP2P_THREAD_CRASHED', 'it fell', { cause, details: { thread: 'chat' } })
    const restored = carried(error)
    expect(restored).toBeInstanceOf(P2pError)
    expect(restored).toMatchObject({
      code: error.code,
      message: 'it fell',
      stack: error.stack,
      details: { thread: 'chat' }
    })
    expect(restored.cause).toBeInstanceOf(RangeError)
    expect(restored.cause).toMatchObject({ code: 'E_DEEP', message: 'deep' })
  })

  it.each([TypeError, RangeError, SyntaxError, Error])('is a %p again', (kind) => {
    expect(carried(new kind('text'))).toBeInstanceOf(kind)
  })

  it('of the system is known as one', () => {
    expect(carried(Object.assign(new Error('open'), { errno: -2, syscall: 'open', code: 'ENOENT' }))).toMatchObject({
      errno: -2,
      syscall: 'open',
      code: 'ENOENT'
    })
  })

  it('keeps a name of its own, and the errors of a list', () => {
    const abort = Object.assign(new Error('gone'), { name: 'AbortError' })
    expect(carried(new AggregateError([abort], 'all'))).toMatchObject({
      name: 'AggregateError',
      errors: [{ name: 'AbortError' }]
    })
  })

  it('keeps four causes of a longer chain, and no more', () => {
    const chain = [5, 4, 3, 2, 1].reduce<Error | undefined>(
      (cause, index) => new Error(String(index), { cause }),
      undefined
    )
    const texts: string[] = []
    for (let error: unknown = carried(chain); error instanceof Error; error = error.cause) texts.push(error.message)
    expect(texts).toEqual(['1', '2', '3', '4'])
  })

  it('whose details cannot be cloned loses them alone', () => {
    const error = new P2pError('ERR_TRUSTP2P_THREAD_CRASHED', 'it fell', { details: { call: () => undefined } })
    expect(carried(error)).toMatchObject({ code: error.code, details: undefined })
  })

  it('is made of whatever was thrown', () => {
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('no')
      }
    })
    fc.assert(fc.property(fc.anything(), (thrown) => carried(thrown) instanceof Error))
    expect(carried(hostile)).toBeInstanceOf(Error)
  })
})

describe('an error that a port brings', () => {
  /** A chain of so many. */
  const chain = (length: number): object =>
    Array.from({ length }).reduce<object>(
      (cause, _, index) => ({ name: 'Error', message: 'x', ...(index > 0 && { cause }) }),
      {}
    )
  const round: Record<string, unknown> = { name: 'Error', message: 'x' }
  round['cause'] = round
  const list = (length: number): object => ({ name: 'Error', message: 'x', errors: Array(length).fill(chain(1)) })

  it('is what carryError gives, four deep, with lists of eight', () => {
    const errors = Array.from({ length: 9 }, () => new Error('one', { cause: new Error('other') }))
    const all = new AggregateError(errors, 'all', {
      cause: Object.assign(new Error('x'), { code: 'E', errno: 1, syscall: 's' })
    })
    expect([carryError(all), carryError('text'), chain(4), list(8)].map((error) => isCarriedError(error))).toEqual(
      Array(4).fill(true)
    )
    fc.assert(fc.property(fc.anything(), (thrown) => isCarriedError(carryError(thrown))))
  })

  it.each([
    ['nothing', undefined],
    ['a text', 'Error'],
    ['an object without a name', { message: 'x' }],
    ['one whose text is a number', { name: 'Error', message: 1 }],
    ['one whose code is a number', { name: 'Error', message: 'x', code: 1 }],
    ['one whose stack is an object', { name: 'Error', message: 'x', stack: {} }],
    ['one whose cause is none', { name: 'Error', message: 'x', cause: 1 }],
    ['one that is its own cause', round],
    ['a chain of five', chain(5)],
    ['one whose errors are no list', { name: 'Error', message: 'x', errors: 5 }],
    ['one whose errors are none', { name: 'Error', message: 'x', errors: [1] }],
    ['a list of nine', list(9)]
  ])('is not %s', (_what, value) => {
    expect(isCarriedError(value)).toBe(false)
  })

  it('can be restored whatever stands in it', () => {
    const keys = ['name', 'message', 'stack', 'code', 'errno', 'syscall', 'details', 'cause', 'errors']
    const parts = fc.dictionary(fc.constantFrom(...keys), fc.oneof(fc.string(), fc.integer(), fc.anything()))
    fc.assert(fc.property(parts, (value) => !isCarriedError(value) || restoreError(value) instanceof Error))
  })
})
