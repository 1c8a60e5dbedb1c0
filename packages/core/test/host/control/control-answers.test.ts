import {
  isNodeReport,
  isNumberedBatch,
  isRecordList,
  isThreadChange,
  isThreadList
} from '../../../src/host/control/control-answers'

const THREAD = { name: 'a', state: 'running', path: 'a.js', revision: 1, handlers: 2, calls: 3, failures: 0, active: 0 }
const PROBLEM = { code: 'E_X', message: 'no' }
const SOCKET = { id: 's1', url: 'u', peer: 'p', state: 'open', silentMs: 1, bufferedAmount: 0, inbound: true }
const REPORT = {
  ...{ name: 'server', state: 'running', cwd: '/', version: '1', nodeVersion: 'v20' },
  ...{ pid: 1, upMs: 2, openSockets: 1, pendingRequests: 0, runningRequests: 0 },
  listen: ['ws://a'],
  addresses: ['ws://a'],
  connect: [{ url: 'ws://b', open: false }],
  threads: [{ ...THREAD, error: PROBLEM }],
  sockets: [SOCKET],
  counters: { framesIn: 1, framesOut: 2, later: 3 },
  memory: { rssBytes: 1, heapBytes: 1 }
}
const FRAME = { at: 1, bytes: 2, way: 'in', socket: 's1', peer: 'p' }
const RECORD = { at: 1, since: 1, count: 1, stage: 'dial', code: 'E_X', text: 'no', remedy: 'nothing' }
const BATCH = { watch: 1, dropped: 0, frames: [FRAME, { ...FRAME, type: 'TALK', event: 'e', tag: '', json: '1' }] }

/** What is there with one key taken away, and with one key of another kind, for each key. */
function spoiled(value: Readonly<Record<string, unknown>>, keys = Object.keys(value)): object[] {
  return keys.flatMap((key) => [
    Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)),
    { ...value, [key]: typeof value[key] === 'object' ? 'text' : null }
  ])
}

const NONE = [undefined, null, 1, 'text', [], [1], {}]

describe('an answer of a node', () => {
  it('is a report with all that is shown of it, and more', () => {
    expect([isNodeReport(REPORT), isNodeReport({ ...REPORT, later: 1 })]).toEqual([true, true])
  })

  it.each([
    ...NONE,
    ...spoiled(REPORT),
    ...spoiled(SOCKET).map((socket) => ({ ...REPORT, sockets: [SOCKET, socket] })),
    ...[{}, { url: 'u' }, { url: 1, open: true }, null].map((one) => ({ ...REPORT, connect: [one] })),
    { ...REPORT, threads: [null] },
    { ...REPORT, addresses: [1] },
    { ...REPORT, counters: { framesIn: 1, framesOut: '1' } },
    { ...REPORT, counters: { framesIn: 1 } },
    { ...REPORT, counters: { framesIn: 1, framesOut: 1, later: Infinity } },
    ...['', 'dancing', 'toString', '__proto__'].flatMap((state) => [
      { ...REPORT, state },
      { ...REPORT, sockets: [{ ...SOCKET, state }] },
      { ...REPORT, threads: [{ ...THREAD, state }] }
    ]),
    { ...REPORT, upMs: Infinity },
    { ...REPORT, memory: { rssBytes: 1 } }
  ])('is no report where it is %j', (value) => {
    expect(isNodeReport(value)).toBe(false)
  })

  it('is a list of threads, or none', () => {
    for (const value of [[], [THREAD], [THREAD, { ...THREAD, error: PROBLEM }]]) expect(isThreadList(value)).toBe(true)
    const errors = [null, {}, { code: 'E_X' }, { ...PROBLEM, message: 1 }].map((error) => ({ ...THREAD, error }))
    for (const thread of [null, ...spoiled(THREAD), ...errors]) expect(isThreadList([THREAD, thread])).toBe(false)
    for (const value of [undefined, null, {}, 'text', THREAD]) expect(isThreadList(value)).toBe(false)
  })

  it('has of a thread what later versions tell, or nothing of it', () => {
    const event = { type: 30, event: 'a', calls: 1, p50Ms: 1, p99Ms: 1 }
    const more = {
      ...{ linked: true, version: '1.0.0', isolation: 'inline', uptimeMs: 1, restarts: 0, retryInMs: 1 },
      ...{ waitsFor: ['b'], times: { loadMs: 1 }, events: [event, { type: 30, event: 'b' }] }
    }
    expect(isThreadList([{ ...THREAD, ...more }])).toBe(true)
    for (const [key, value] of Object.entries(more)) {
      const wrong = typeof value === 'object' ? [value, [1]] : { value }
      expect([key, isThreadList([{ ...THREAD, [key]: wrong }])]).toEqual([key, false])
    }
    for (const key of Object.keys(event)) {
      expect(isThreadList([{ ...THREAD, events: [{ ...event, [key]: {} }] }])).toBe(false)
    }
  })

  it('tells whether a thread was changed, or is none', () => {
    for (const value of [{ changed: false }, { changed: true, thread: THREAD }])
      expect(isThreadChange(value)).toBe(true)
    const wrong = [{ changed: 1 }, { thread: THREAD }, { changed: true, thread: null }, { changed: true, thread: {} }]
    for (const value of [...NONE, ...wrong]) expect(isThreadChange(value)).toBe(false)
  })

  it('tells of what came to nothing, or is none', () => {
    const more = {
      ...{ limit: 'limits.x', limitValue: 1, cause: 'c', socket: 's1', peer: 'p', peerId: 'i', host: 'h', url: 'u' },
      ...{ event: 'e', tag: 't', close: { by: 'us', code: 1000, reason: '' } }
    }
    for (const value of [[], [RECORD], [{ ...RECORD, ...more }], [{ ...RECORD, stage: 'later' }]]) {
      expect(isRecordList(value)).toBe(true)
    }
    const closes = [null, {}, { ...more.close, by: 'them' }, ...spoiled(more.close)].map((close) => ({
      ...RECORD,
      close
    }))
    const wrong = Object.keys(more).map((key) => ({ ...RECORD, [key]: null }))
    for (const record of [null, ...spoiled(RECORD), ...closes, ...wrong, { ...RECORD, at: 1e300 }]) {
      expect(isRecordList([RECORD, record])).toBe(false)
    }
    for (const value of [undefined, null, {}, 'text', RECORD]) expect(isRecordList(value)).toBe(false)
  })

  it('tells of frames, or is none', () => {
    expect([isNumberedBatch(BATCH), isNumberedBatch({ ...BATCH, frames: [] })]).toEqual([true, true])
    for (const at of [-8.64e15, 8.64e15]) expect(isNumberedBatch({ ...BATCH, frames: [{ ...FRAME, at }] })).toBe(true)
    const wrong = { type: 1, event: 1, tag: null, error: 1, json: {}, base64: 1, problem: 'text' }
    const frames = [
      ...spoiled(FRAME),
      ...Object.entries(wrong).map(([key, value]) => ({ ...FRAME, [key]: value })),
      ...[8.64e15 + 1, -8.64e15 - 1, 1e300, NaN].map((at) => ({ ...FRAME, at })),
      { ...FRAME, way: 'sideways' },
      { ...FRAME, problem: { code: 'E_X' } }
    ]
    for (const frame of frames) expect(isNumberedBatch({ ...BATCH, frames: [FRAME, frame] })).toBe(false)
    for (const value of [...NONE, ...spoiled(BATCH)]) expect(isNumberedBatch(value)).toBe(false)
  })
})
