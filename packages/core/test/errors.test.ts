import { runInNewContext } from 'node:vm'
import {
  ERROR_CATALOGUE,
  errorCode,
  errorText,
  isCodedError,
  isError,
  isErrorCode,
  isPeerCode,
  P2pError
} from '../src/errors'

const FOREIGN: unknown = runInNewContext(`Object.assign(new TypeError('far'), { code: 'FAR' })`)

describe('P2pError', () => {
  it('has a name, a code, a message, and no cause and no details where none are given', () => {
    const error = new P2pError('ERR_TRUSTP2P_NODE_CLOSED', 'closed')
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'P2pError', code: 'ERR_TRUSTP2P_NODE_CLOSED', message: 'closed' })
    expect(['cause' in error, error.details]).toEqual([false, undefined])
  })

  it('keeps its cause, also where that is undefined, and its details', () => {
    const cause = new Error('why')
    const details = { file: 'a.js' }
    expect(new P2pError('ERR_TRUSTP2P_NODE_CLOSED', '', { cause, details })).toMatchObject({ cause, details })
    expect('cause' in new P2pError('ERR_TRUSTP2P_NODE_CLOSED', '', { cause: undefined })).toBe(true)
  })
})

it('the catalogue tells for each code what it means and what to do, in codes that a peer may give', () => {
  for (const [code, texts] of Object.entries(ERROR_CATALOGUE)) {
    expect([code, isPeerCode(code), isErrorCode(code)]).toEqual([code, true, true])
    expect(texts.filter((text) => text.trim() !== '')).toHaveLength(2)
  }
})

it.each(['__proto__', 'constructor', 'toString', '', 'ERR_TRUSTP2P_NODE'])('%j is no code of the catalogue', (code) => {
  expect(isErrorCode(code)).toBe(false)
})

it.each([
  ['a', true],
  ['CHAT_NO_ROOM', true],
  ['a.b:c-d_1', true],
  [`a${'1'.repeat(63)}`, true],
  [`a${'1'.repeat(64)}`, false],
  ['', false],
  ['1a', false],
  ['_a', false],
  ['a b', false],
  ['a\n', false],
  ['ä', false]
])('a peer may give the code %j: %s', (code, may) => {
  expect(isPeerCode(code)).toBe(may)
})

it.each([
  ['an error', new Error('x'), true],
  ['an error of another realm', FOREIGN, true],
  ['what looks like one', { name: 'Error', message: 'x', stack: '' }, false],
  ['null', null, false],
  ['a text', 'Error: x', false]
])('isError tells %s', (_name, value, is) => {
  expect(isError(value)).toBe(is)
})

it.each([
  ['a P2pError', new P2pError('ERR_TRUSTP2P_NODE_CLOSED', ''), 'ERR_TRUSTP2P_NODE_CLOSED'],
  ['an error of another realm', FOREIGN, 'FAR'],
  ['an error without a code', new Error('x'), undefined],
  ['an error whose code is a number', Object.assign(new Error('x'), { code: 1 }), undefined],
  ['an object with a code', { code: 'X' }, undefined],
  ['nothing', undefined, undefined]
])('errorCode gives the code of %s', (_name, value, code) => {
  expect([errorCode(value), isCodedError(value)]).toEqual([code, code !== undefined])
})

it.each([
  ['an error', new RangeError('far'), 'far'],
  ['an error without a message', new RangeError(), 'RangeError'],
  ['an error of another realm', FOREIGN, 'far'],
  ['a text', 'x', 'x'],
  ['null', null, 'null'],
  ['a number', 7, '7']
])('errorText gives a text for %s', (_name, value, text) => {
  expect(errorText(value)).toBe(text)
})
