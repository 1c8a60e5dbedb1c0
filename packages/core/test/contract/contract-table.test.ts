import { createTestKit } from '@trustp2p/testing'
import type { Contract } from '../../src/contract/contract'
import { contractsIn, contractsOf, defineContract } from '../../src/contract/contract'
import { ContractTable } from '../../src/contract/contract-table'
import { NODE_CONTRACTS, USED_CONTRACTS } from '../../src/contract/limits'
import { RecentMap } from '../../src/contract/recent-map'
import { eventOf, thrownBy } from './samples'

const { crypto } = createTestKit()

function contract(service: string, field = 'string text = 1;'): Contract {
  const [made] = contractsOf(
    `syntax = "proto3"; message M { ${field} } service ${service} { rpc Do(M) returns (M); }`,
    'x'
  )
  if (made === undefined) throw new Error('no contract')
  return made
}

describe('the contracts of a node (U5)', () => {
  it('are found by event, and told by name and digest', () => {
    const table = new ContractTable(crypto)
    const chat = contract('Chat')
    table.set('chat', [chat])
    expect(table.find('chat/do')).toMatchObject({
      event: 'chat/do',
      contract: chat,
      digestText: chat.digestText(crypto)
    })
    expect(table.find('chat/else')).toBeUndefined()
    expect(table.digests).toEqual({ chat: chat.digestText(crypto) })
    expect(table.describe(chat.digestText(crypto))).toBe(chat.descriptor.text)
  })

  it('have a digest that depends on what they say alone', () => {
    expect(contract('Chat').digestText(crypto)).toBe(contract('Chat', '/* a */ string  text = 1 ;').digestText(crypto))
    expect(contract('Chat').digestText(crypto)).not.toBe(contract('Chat', 'string text = 2;').digestText(crypto))
    expect(contract('Chat').digestText(crypto)).toMatch(/^[0-9a-f]{16}$/)
  })

  it('change in one step when their owner brings others, and go with it', () => {
    const table = new ContractTable(crypto)
    let changes = 0
    const off = table.onChange(() => changes++)
    const first = contract('Chat')
    table.set('chat', [first])
    table.set('chat', [first])
    expect(changes).toBe(1)
    table.set('chat', [contract('Chat', 'string text = 2;')])
    expect(table.describe(first.digestText(crypto))).toBe(first.descriptor.text)
    table.set('chat', [])
    expect([changes, table.find('chat/do'), table.digests]).toEqual([3, undefined, {}])
    off()
    table.set('chat', [first])
    expect(changes).toBe(3)
  })

  it('may come from two owners where both say the same, and not where they do not', () => {
    const table = new ContractTable(crypto)
    table.set('a', [contract('Chat')])
    table.set('b', [contract('Chat')])
    expect(thrownBy(() => table.set('b', [contract('Chat', 'string text = 2;')]))).toMatchObject({
      code: 'ERR_TRUSTP2P_CONTRACT_CONFLICT'
    })
    table.set('a', [])
    expect(table.find('chat/do')).toBeDefined()
    table.set('b', [contract('Chat', 'string text = 2;')])
    expect(table.find('chat/do')?.contract.descriptor.text).toContain('"2"')
  })

  it('may be reserved by an owner, until it brings them or gives up', () => {
    const table = new ContractTable(crypto)
    const clash = (): void => table.reserve('b', [contract('Chat', 'string text = 2;')])
    const reserved = [contract('Chat')]
    table.reserve('a', reserved)
    expect(table.find('chat/do')).toBeUndefined()
    expect(thrownBy(clash)).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_CONFLICT' })
    table.release('a', reserved)
    clash()
    table.set('b', [])
    table.set('a', [contract('Chat')])
    expect(thrownBy(clash)).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_CONFLICT' })
  })

  it('stay reserved for the newer version of an owner when the older one gives up', () => {
    const table = new ContractTable(crypto)
    const [older, newer] = [[contract('Chat')], [contract('Chat')]]
    table.reserve('a', older)
    table.reserve('a', newer)
    table.release('a', older)
    const clash = (): void => table.reserve('b', [contract('Chat', 'string text = 2;')])
    expect(thrownBy(clash)).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_CONFLICT' })
    table.release('a', newer)
    clash()
  })

  it('are 64 at most: the 65th is refused, and nothing has changed', () => {
    const table = new ContractTable(crypto)
    const many = (count: number) => Array.from({ length: count }, (_, index) => contract(`S${String(index)}`))
    table.set('a', many(NODE_CONTRACTS))
    expect(thrownBy(() => table.set('b', [contract('Chat')]))).toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_CONTRACT' })
    expect(table.contracts.size).toBe(NODE_CONTRACTS)
    expect(table.find('chat/do')).toBeUndefined()
  })

  it('keep the descriptors of the last 256 that programs used, for peers that ask', () => {
    const table = new ContractTable(crypto)
    const events = Array.from({ length: USED_CONTRACTS + 1 }, (_, index) =>
      eventOf(`message M${String(index)} {} service S { rpc Do(M${String(index)}) returns (M${String(index)}); }`)
    )
    for (const event of events) expect(table.use(event)?.event).toBe('s/do')
    const known = events.filter((event) => table.describe(event.contract.digestText(crypto)) !== undefined)
    expect(known).toEqual(events.slice(1))
  })

  it('are used with what defineContract gave, and with nothing else', () => {
    const table = new ContractTable(crypto)
    for (const other of [undefined, null, 'chat/do', {}, { event: 'chat/do' }]) expect(table.use(other)).toBeUndefined()
    const { Chat = {} } = defineContract('message M {} service Chat { rpc Do(M) returns (M); }')
    expect(contractsIn([Chat, Chat])).toHaveLength(1)
    for (const other of [{}, { do: 1 }]) expect(() => contractsIn([other])).toThrow(TypeError)
  })
})

describe('a map of what was used last', () => {
  it('forgets what was longest not used', () => {
    const map = new RecentMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    expect(map.get('a')).toBe(1)
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3])
  })
})
