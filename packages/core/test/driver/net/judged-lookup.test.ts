import type { LookupAddress } from 'node:dns'
import { lookupOptions } from '../../../src/driver/net/judged-lookup'
import { errorCode, P2pError } from '../../../src/errors'

const REFUSAL = new P2pError('ERR_TRUSTP2P_RULE_DENIED', 'refused')

/** What `connect` would get for a name. */
function lookUp(host: string, refused: (address: string) => boolean, all: boolean): Promise<string | LookupAddress[]> {
  const refusalOf = (address: string): P2pError | undefined => (refused(address) ? REFUSAL : undefined)
  const { lookup } = lookupOptions({ limits: { frameBytes: 1, sendQueueBytes: 1, handshakeMs: 1 }, refusalOf })
  return new Promise((resolve, reject) => {
    lookup?.(host, { all }, (error, found) => (error === null ? resolve(found) : reject(error)))
  })
}

const codeOf = (promise: Promise<unknown>): Promise<string | undefined> => promise.then(() => undefined, errorCode)

it('gives the addresses of a name that may be connected to', async () => {
  expect(await lookUp('127.0.0.1', () => false, true)).toEqual([{ address: '127.0.0.1', family: 4 }])
  expect(await lookUp('127.0.0.1', () => false, false)).toBe('127.0.0.1')
  const found = await lookUp('localhost', (address) => address.includes(':'), true)
  expect(found).toEqual([{ address: '127.0.0.1', family: 4 }])
})

it('gives the rule where none may', async () => {
  for (const all of [true, false]) {
    expect(await codeOf(lookUp('localhost', () => true, all))).toBe('ERR_TRUSTP2P_RULE_DENIED')
  }
})

it('gives the error of a name that is not found', async () => {
  expect(await codeOf(lookUp('nobody.invalid', () => true, true))).toMatch(/^E(NOTFOUND|AI_AGAIN)$/)
})

it('leaves the look-up alone where nobody judges', () => {
  expect(lookupOptions({ limits: { frameBytes: 1, sendQueueBytes: 1, handshakeMs: 1 } })).toEqual({})
})
