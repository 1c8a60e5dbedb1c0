import { createTestKit } from '@trustp2p/testing'
import { contractsOf } from '../../src/contract/contract'
import type { Contract } from '../../src/contract/contract'
import { ContractTable } from '../../src/contract/contract-table'
import type { TypedEvent } from '../../src/contract/contract-table'
import { digestOf, hexOf } from '../../src/contract/digest'
import { CONTRACT_BYTES, DESCRIPTORS_PER_MINUTE, VERDICTS } from '../../src/contract/limits'
import { ContractDesk } from '../../src/deliver/contract-desk'
import type { Link } from '../../src/deliver/link'
import type { P2pError } from '../../src/errors'

const MINUTE_MS = 60_000
/** Most warnings within a minute, and most failures and most told pairs that are kept of one peer. */
const WARNINGS = 60
const KEPT = 64

/** A contract whose one field has that number: no two of them are compatible. */
function contractOf(number: number): Contract {
  const text = `syntax = "proto3"; message M { string text = ${number}; } service Chat { rpc Do(M) returns (M); }`
  const [contract] = contractsOf(text, 'chat.proto')
  if (contract === undefined) throw new Error('no contract')
  return contract
}

/** A desk of a node whose contract is the first; `answer` is what peers say to a digest. */
function createDesk(answer?: (digest: string) => unknown) {
  const kit = createTestKit()
  const table = new ContractTable(kit.crypto)
  table.set('the test', [contractOf(1)])
  const event = table.find('chat/do') as TypedEvent
  const texts = new Map<string, Uint8Array>()
  const asked: string[] = []
  const warnings: P2pError[] = []
  const desk = new ContractDesk({
    kit,
    table,
    ask: (_link, digest) => {
      asked.push(digest)
      return Promise.resolve(answer === undefined ? texts.get(digest) : answer(digest))
    },
    onWarning: (error) => void warnings.push(error)
  })
  /** The digest of what peers have. */
  const digest = (number: number): string => {
    const contract = contractOf(number)
    const text = contract.digestText(kit.crypto)
    texts.set(text, new TextEncoder().encode(contract.descriptor.text))
    return text
  }
  const judge = async (link: Link, text: string): Promise<P2pError | undefined> => desk.judge(link, event, text)
  return { clock: kit.clock, crypto: kit.crypto, desk, event, asked, warnings, digest, judge }
}

/** A peer: what the desk knows of it hangs on the object. */
function createLink(): Link {
  return { peer: '127.0.0.1:9' } as unknown as Link
}

const MISMATCH = 'ERR_TRUSTP2P_CONTRACT_MISMATCH'
const UNKNOWN = 'ERR_TRUSTP2P_CONTRACT_UNKNOWN'

describe('verdicts on pairs of contracts (U5)', () => {
  it('are kept, 256 of them, and the one that was longest not asked for goes', async () => {
    const { judge, digest, asked } = createDesk()
    const digests = Array.from({ length: VERDICTS + 1 }, (_, index) => digest(index + 2))
    const [first = '', second = '', last = ''] = [digests[0], digests[1], digests.at(-1)]
    for (const each of digests.slice(0, -1)) {
      expect(await judge(createLink(), each)).toMatchObject({ code: MISMATCH })
    }
    await judge(createLink(), first)
    expect(asked).toHaveLength(VERDICTS)
    await judge(createLink(), last)
    await judge(createLink(), first)
    expect(asked).toHaveLength(VERDICTS + 1)
    await judge(createLink(), second)
    expect(asked.slice(VERDICTS)).toEqual([last, second])
  })

  it('are asked for once, however many bodies wait for one', async () => {
    const { judge, digest, asked } = createDesk()
    const [link, other] = [createLink(), digest(2)]
    const verdicts = await Promise.all([1, 2, 3].map(() => judge(link, other)))
    expect([verdicts.map((verdict) => verdict?.code), asked]).toEqual([Array(3).fill(MISMATCH), [other]])
  })
})

describe('warnings of contracts that differ', () => {
  it('come 60 in a minute, and not 61', async () => {
    const { desk, digest, judge, warnings, clock } = createDesk()
    const theirs = digest(2)
    await judge(createLink(), theirs)
    const meet = (): void => desk.learn(createLink(), new Map([['chat', theirs]]))
    for (let count = 1; count < WARNINGS; count++) meet()
    expect(warnings).toHaveLength(WARNINGS)
    meet()
    expect(warnings).toHaveLength(WARNINGS)
    clock.advance(MINUTE_MS)
    meet()
    expect(warnings).toHaveLength(WARNINGS + 1)
  })

  it('come once from a peer for each of its last 64 contracts, and again for the one before them', async () => {
    const { desk, event, warnings, clock, digest, judge } = createDesk()
    const link = createLink()
    const digests = Array.from({ length: KEPT + 1 }, (_, index) => digest(index + 2))
    const say = (each = ''): void => {
      clock.advance(MINUTE_MS)
      desk.learn(link, new Map([[event.contract.name, each]]))
    }
    for (const each of digests) await judge(createLink(), each)
    const before = warnings.length
    digests.slice(0, -1).forEach(say)
    say(digests[0])
    expect(warnings).toHaveLength(before + KEPT)
    say(digests.at(-1))
    say(digests[0])
    expect(warnings).toHaveLength(before + KEPT + 1)
    say(digests[1])
    expect(warnings).toHaveLength(before + KEPT + 2)
  })
})

describe('a contract that cannot be learned', () => {
  it('is asked for no more of the peer that failed, for its last 64 failures', async () => {
    const { judge, asked, clock } = createDesk(() => null)
    const link = createLink()
    const name = (index: number): string => index.toString(16).padStart(16, '0')
    for (let index = 0; index < KEPT; index++) {
      expect(await judge(link, name(index))).toMatchObject({ code: UNKNOWN })
    }
    clock.advance(MINUTE_MS)
    await judge(link, name(0))
    expect(asked).toHaveLength(KEPT)
    await judge(link, name(KEPT))
    await judge(link, name(0))
    expect(asked).toHaveLength(KEPT + 1)
    await judge(link, name(1))
    expect(asked).toHaveLength(KEPT + 2)
  })

  it('is asked for 64 times a minute of one peer, whatever others do', async () => {
    const { judge, asked } = createDesk(() => null)
    const link = createLink()
    const name = (index: number): string => index.toString(16).padStart(16, '0')
    for (let index = 0; index < DESCRIPTORS_PER_MINUTE; index++) await judge(link, name(index))
    const refused = await judge(link, name(1000))
    expect([refused?.code, asked.length]).toEqual([UNKNOWN, DESCRIPTORS_PER_MINUTE])
    await judge(createLink(), name(1000))
    expect(asked).toHaveLength(DESCRIPTORS_PER_MINUTE + 1)
  })

  it.each([
    ['of 64 KiB is read, and is no JSON', ' '.repeat(CONTRACT_BYTES), 'JSON'],
    ['of a byte more is not', ' '.repeat(CONTRACT_BYTES + 1), 'longer than 65536 bytes'],
    ['nested 5 deep is looked at', '[[[[[]]]]]', 'the descriptor cannot be used'],
    ['nested 6 deep is not', '[[[[[[]]]]]]', 'nested too deeply']
  ])('%s', async (_what, text, why) => {
    const bytes = new TextEncoder().encode(text)
    const { judge, crypto } = createDesk(() => bytes)
    const refused = await judge(createLink(), hexOf(digestOf(crypto, bytes)))
    expect(refused).toMatchObject({ code: UNKNOWN, message: expect.stringContaining(why) })
  })
})
