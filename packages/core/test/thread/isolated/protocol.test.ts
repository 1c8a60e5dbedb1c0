import { carryError } from '../../../src/thread/isolated/carried-error'
import { isConstructed, isFromRoom } from '../../../src/thread/isolated/protocol'
import type { FromRoom } from '../../../src/thread/isolated/protocol'

const error = carryError(new Error('x'))
const typed = { bytes: new Uint8Array(3), contract: new Uint8Array(8) }
const ask = { id: 1, socket: 's', event: 'e', body: '{}', options: {} }

/** An item of each kind, as the code of a room sends it. */
const GOOD: readonly FromRoom[] = [
  { kind: 'done', id: 1, value: undefined },
  { kind: 'failed', id: 1, error },
  { kind: 'reply', id: 1, body: new Uint8Array(1) },
  { kind: 'fail', id: 1, code: 'CODE', text: '' },
  { kind: 'request', ...ask, body: typed },
  { kind: 'broadcast', id: 1, sockets: ['s'], event: 'e', body: '1', options: { type: 30 } },
  { kind: 'ask', id: 1, thread: 't', method: 'm', values: [{ value: 1 }] },
  { kind: 'cancel', id: 1 },
  { kind: 'contract', text: '{}' },
  { kind: 'talk', socket: 's', event: 'e', body: '1', type: 20 },
  { kind: 'close', socket: 's', code: 1000, reason: '' },
  { kind: 'terminate', socket: 's' },
  { kind: 'listen', event: 'warning' },
  { kind: 'unlisten', event: 'warning' },
  { kind: 'log', level: 'info', fields: {}, error, text: 't' },
  { kind: 'failure', where: 'effect', error },
  { kind: 'pong' }
]

/** What no field of an item may be; `anything` is the one that may be all of it. */
const WRONG: readonly unknown[] = [undefined, null, true, Symbol('x'), () => undefined, 5n]
/** Fields that may be absent. */
const MAYBE = ['sockets', 'error']

describe('what the code of a room posts', () => {
  it.each(GOOD.map((item) => [item.kind, item] as const))('is taken: %s', (_kind, item) => {
    expect(isFromRoom(item)).toBe(true)
  })

  it.each(
    GOOD.flatMap((item) =>
      Object.keys(item)
        .filter((key) => key !== 'kind' && key !== 'value')
        .map((key) => [item.kind, key, item] as const)
    )
  )('is not taken: %s with a forged %s', (_kind, key, item) => {
    const mayBeAbsent = MAYBE.includes(key) && item.kind !== 'failed' && item.kind !== 'failure'
    const wrong = mayBeAbsent ? WRONG.filter((value) => value !== undefined) : WRONG
    expect(wrong.filter((value) => isFromRoom({ ...item, [key]: value }))).toEqual([])
  })

  it.each([
    ['a text for a number', { kind: 'cancel', id: '1' }],
    ['a number for a text', { kind: 'contract', text: 1 }],
    ['a level that is none', { kind: 'log', level: 'constructor', fields: {}, error: undefined, text: '' }],
    ['sockets that are no texts', { ...ask, kind: 'broadcast', sockets: ['s', 1] }],
    ['values that are none', { kind: 'ask', id: 1, thread: 't', method: 'm', values: [1] }],
    [
      'a typed body whose digest is too short',
      { ...ask, kind: 'request', body: { ...typed, contract: new Uint8Array(7) } }
    ],
    [
      'a typed body whose digest is too long',
      { ...ask, kind: 'request', body: { ...typed, contract: new Uint8Array(9) } }
    ],
    ['a body that is an object', { ...ask, kind: 'request', body: { text: 1 } }],
    ['a body that is an ArrayBuffer', { ...ask, kind: 'request', body: new ArrayBuffer(1) }],
    ['an error that is none', { kind: 'failed', id: 1, error: { code: 'x' } }],
    ['what a node sends', { kind: 'message', id: 1 }],
    ['what every object has', { kind: 'toString' }],
    ['a prototype', { kind: '__proto__' }],
    ['no kind', { id: 1 }],
    ['a kind that is no text', { kind: ['pong'] }],
    ['a list', ['pong']],
    ['a text', 'pong'],
    ['null', null],
    ['nothing', undefined]
  ])('is not taken: %s', (_what, item) => {
    expect(isFromRoom(item)).toBe(false)
  })
})

describe('what a room says that it constructed', () => {
  it('is events by type, and methods', () => {
    expect(isConstructed({ events: [[30, ['chat/send']]], methods: ['snapshot'] })).toBe(true)
  })

  it.each([
    ['no list of events', { events: {}, methods: [] }],
    ['an event without a type', { events: [[['chat/send']]], methods: [] }],
    ['a type that is a text', { events: [['30', ['chat/send']]], methods: [] }],
    ['events that are no texts', { events: [[30, [1]]], methods: [] }],
    ['no methods', { events: [] }],
    ['a method that is no text', { events: [], methods: [1] }],
    ['nothing', undefined],
    ['null', null]
  ])('is not taken: %s', (_what, value) => {
    expect(isConstructed(value)).toBe(false)
  })
})
