import { ERROR_CATALOGUE } from '../../src/errors'
import { explainCode, limitOf, meaningOf, remedyOf } from '../../src/explain/explain-code'
import { limitsSchema, requestSchema } from '../../src/config/limits-schema'
import { peersSchema } from '../../src/config/schema'
import type { ExplainStage } from '../../src/explain/explain-record'

const STAGES: readonly ExplainStage[] = [
  ...(['start', 'listen', 'dial', 'accept', 'greeting', 'proof'] as const),
  ...(['socket', 'frame', 'send', 'request', 'answer', 'thread'] as const)
]

const KEYS = [
  ...Object.keys(limitsSchema.shape).map((key) => `limits.${key}`),
  ...Object.keys(peersSchema.shape).map((key) => `peers.${key}`),
  ...Object.keys(requestSchema.shape).map((key) => `request.${key}`)
]

it.each(Object.entries(ERROR_CATALOGUE))('U8 %s has a stage, a meaning and a remedy', (code, [text, remedy]) => {
  const explained = explainCode(code)
  expect(explained).toMatchObject({ code, text, remedy })
  expect(STAGES).toContain(explained?.stage)
  if (explained?.limit !== undefined) expect(KEYS).toContain(explained.limit)
})

it.each([
  ['ERR_TRUSTP2P_DRIVER_DIAL_FAILED', 'dial'],
  ['ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED', 'accept'],
  ['ERR_TRUSTP2P_PROOF_WRONG_PEER', 'proof'],
  ['ERR_TRUSTP2P_SOCKET_INCOMPATIBLE', 'greeting'],
  ['ERR_TRUSTP2P_SOCKET_CLOSED', 'socket'],
  ['ERR_TRUSTP2P_WIRE_MALFORMED', 'frame'],
  ['ERR_TRUSTP2P_LIMIT_SEND_QUEUE', 'send'],
  ['ERR_TRUSTP2P_REQUEST_TIMEOUT', 'request'],
  ['ERR_TRUSTP2P_THREAD_NO_HANDLER', 'answer'],
  ['ERR_TRUSTP2P_THREAD_CRASHED', 'thread'],
  ['ERR_TRUSTP2P_CONFIG_INVALID', 'start']
])('%s is given at the stage %s', (code, stage) => {
  expect(explainCode(code)?.stage).toBe(stage)
})

it('a code that a thread gave is none of the catalogue, and has a remedy all the same', () => {
  expect(explainCode('CHAT_NO_ROOM')).toBeUndefined()
  expect([meaningOf('CHAT_NO_ROOM'), limitOf('CHAT_NO_ROOM')]).toEqual(['CHAT_NO_ROOM', undefined])
  expect(remedyOf('CHAT_NO_ROOM')).toBe('see the text: a thread answered so')
})
