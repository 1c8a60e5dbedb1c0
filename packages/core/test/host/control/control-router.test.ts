import { createMemoryLog } from '@trustp2p/testing'
import { CP2pMessage } from '../../../src/deliver/message'
import { ControlRouter, fieldsOf, textField } from '../../../src/host/control/control-router'
import type { ControlHandler } from '../../../src/host/control/control-router'
import { CP2pPackage, PackageType } from '../../../src/wire/package'
import { createSocket } from '../../thread/bench'

interface Asked {
  readonly event?: string
  readonly type?: PackageType
  readonly body?: unknown
}

/** Routes one message; gives whether it was taken, and its answer. */
function ask(handler: ControlHandler, { event = 'ask', type = PackageType.REQUEST, body = 1 }: Asked = {}) {
  const log = createMemoryLog()
  let taken = false
  const answer = new Promise<unknown[]>((resolve) => {
    const settle = (...values: unknown[]): boolean => {
      resolve(values)
      return true
    }
    const received = CP2pPackage.decode(CP2pPackage.encode({ type, event, body, tag: '1' }))
    const message = new CP2pMessage(received, createSocket(), {
      expectsAnswer: true,
      settled: false,
      reply: settle,
      fail: settle,
      release() {},
      onAbort: () => () => undefined
    })
    taken = new ControlRouter({ ask: handler }, log).route(message)
  })
  return { taken, answer, log }
}

it('answers with what the handler of the event gives, at once or later', async () => {
  await expect(ask((body) => [body]).answer).resolves.toEqual([[1]])
  await expect(ask((body) => Promise.resolve([body])).answer).resolves.toEqual([[1]])
})

it('takes nothing but requests, and no event that has no handler of its own', () => {
  for (const event of ['other', 'toString', '__proto__']) expect(ask(() => 1, { event }).taken).toBe(false)
  for (const type of [PackageType.TALK, PackageType.SYSTEM]) expect(ask(() => 1, { type }).taken).toBe(false)
})

it('answers with the code of an error, and logs nothing', async () => {
  const { answer, log } = ask(() => {
    throw Object.assign(new Error('no'), { code: 'CHAT_NO_ROOM' })
  })
  await expect(answer).resolves.toEqual(['CHAT_NO_ROOM', 'no'])
  expect(log.lines).toEqual([])
})

it('answers an error without a code with ERR_TRUSTP2P_CONTROL_FAILED, and logs it', async () => {
  const error = new Error('a mistake of ours')
  const { answer, log } = ask(() => Promise.reject(error))
  await expect(answer).resolves.toEqual(['ERR_TRUSTP2P_CONTROL_FAILED', 'a mistake of ours'])
  expect(log.lines).toMatchObject([{ level: 'error', fields: { err: error, event: 'ask' } }])
})

it.each([null, 1, 'text', [], undefined])('the body %j has no fields', (body) => {
  const invalid = expect.objectContaining({ code: 'ERR_TRUSTP2P_CONTROL_INVALID' }) as Error
  expect(() => fieldsOf(body)).toThrow(invalid)
  expect(() => textField(body, 'name')).toThrow(invalid)
})

it('a field that is wanted as a text is one', () => {
  expect(textField({ name: 'x' }, 'name')).toBe('x')
  for (const body of [{}, { name: 1 }, { name: null }]) expect(() => textField(body, 'name')).toThrow('"name"')
})
