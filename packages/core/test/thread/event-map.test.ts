import { readEventMap } from '../../src/thread/event-map'
import { EventPatterns } from '../../src/thread/event-patterns'

const handler = (): string => 'yes'

const NOTHING = new EventPatterns(new Map())

function read(eventMap: unknown, handles?: EventPatterns) {
  return readEventMap({ eventMap }, { path: 'a.js', handles })
}

function refusal(eventMap: unknown, handles?: EventPatterns): unknown {
  try {
    read(eventMap, handles)
    return undefined
  } catch (error) {
    return error
  }
}

describe('the eventMap', () => {
  it.each([[0], [10], [20], [30]])('takes handlers of type %d', (type) => {
    expect([...read({ [type]: { one: handler, two: handler } })]).toEqual([
      [
        type,
        new Map([
          ['one', handler],
          ['two', handler]
        ])
      ]
    ])
  })

  it.each(['__proto__', 'constructor', 'toString'])('takes %s for a plain name where it is an own key', (event) => {
    expect([...(read({ 30: { [event]: handler } }).get(30) ?? [])]).toEqual([[event, handler]])
  })

  it('knows no inherited names', () => {
    expect(
      read({ 30: { one: handler } })
        .get(30)
        ?.get('toString')
    ).toBeUndefined()
  })

  it('passes over a type without events', () => {
    expect([...read({ 20: {}, 30: { one: handler } }).keys()]).toEqual([30])
  })

  it('may have no prototype', () => {
    const events = Object.assign(Object.create(null) as object, { one: handler })
    expect(read(Object.assign(Object.create(null) as object, { 30: events })).size).toBe(1)
  })

  it.each([[undefined], [null], [{}], [{ 30: {} }], [{ 20: {}, 30: {} }]])(
    'T3 without a handler is refused, with the file and the remedy: %j',
    (eventMap) => {
      expect(refusal(eventMap)).toMatchObject({
        code: 'ERR_TRUSTP2P_THREAD_EVENT_MAP_EMPTY',
        message:
          'a.js: the thread handles no event; name an event in the eventMap, ' +
          'or say `static manifest = { handles: [] }` for a thread of hooks'
      })
      expect(read(eventMap, NOTHING).size).toBe(0)
    }
  )

  it.each([
    ['text', 'is no plain object'],
    [7, 'is no plain object'],
    [handler, 'is no plain object'],
    [[], 'is no plain object'],
    [{ 11: { pong: handler } }, "has the key '11', which is no type that reaches threads; use [PackageType.SYSTEM]"],
    [{ 31: { one: handler } }, "has the key '31'"],
    [{ 99: { one: handler } }, "has the key '99'"],
    [{ undefined: { one: handler } }, "has the key 'undefined'"],
    [{ '030': { one: handler } }, "has the key '030'"],
    [{ request: { one: handler } }, "has the key 'request'"],
    [{ ['__proto__']: { one: handler } }, "has the key '__proto__'"],
    [{ 30: handler }, 'holds no object under REQUEST'],
    [{ 30: null }, 'holds no object under REQUEST'],
    [{ 30: [handler] }, 'holds no object under REQUEST'],
    [{ 30: Object.create(handler) as object }, 'holds no object under REQUEST'],
    [{ 30: { one: 'text' } }, "holds string under REQUEST 'one'; give a method of the class"],
    [{ 30: { one: undefined } }, "holds undefined under REQUEST 'one'"],
    [{ 20: { one: null } }, "holds null under TALK 'one'"],
    [{ 0: { one: {} } }, "holds an object under SYSTEM 'one'"]
  ])('is refused with what is wrong: %p', (eventMap, text) => {
    expect(refusal(eventMap)).toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_EVENT_MAP_INVALID',
      message: expect.stringContaining(`a.js: the eventMap ${text}`) as string
    })
  })

  it('of a thread of hooks names no event', () => {
    expect(refusal({ 30: { one: handler } }, NOTHING)).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_EVENT_MAP_INVALID' })
  })

  it('that throws when it is read is refused with its cause', () => {
    const cause = new Error('no\nin detail')
    const instance = {
      get eventMap(): never {
        throw cause
      }
    }
    expect(() => readEventMap(instance, { path: 'a.js', handles: undefined })).toThrow(
      expect.objectContaining({
        code: 'ERR_TRUSTP2P_THREAD_EVENT_MAP_INVALID',
        message: 'a.js: the eventMap threw when it was read: no',
        cause
      })
    )
  })
})
