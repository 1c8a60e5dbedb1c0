import { createIdentity } from '../../src/identity/identity'
import { createTestKit } from '@trustp2p/testing'
import { MOST_RULES, PeerRules } from '../../src/deliver/peer-rules'
import type { RuleLists } from '../../src/deliver/peer-rules'
import { errorCode } from '../../src/errors'

const { crypto } = createTestKit()
const [ANN, BOB] = [createIdentity(crypto).peerId, createIdentity(crypto).peerId]

function rulesOf(lists: Partial<RuleLists>): PeerRules {
  return new PeerRules({ allow: [], deny: [], ...lists })
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    return errorCode(error)
  }
}

describe('judge', () => {
  it.each<[string, Partial<RuleLists>, string, string | undefined, string | undefined]>([
    ['lets everybody in without rules', {}, '192.0.2.1', undefined, undefined],
    ['denies a host', { deny: ['192.0.2.0/24'] }, '192.0.2.1', ANN, 'denied'],
    ['denies a host in its other form', { deny: ['::ffff:192.0.2.0/120'] }, '192.0.2.1', ANN, 'denied'],
    ['denies a peer wherever it is', { deny: [ANN] }, '198.51.100.9', ANN, 'denied'],
    ['lets others in beside a denied peer', { deny: [ANN] }, '192.0.2.1', BOB, undefined],
    ['lets deny win', { allow: [ANN, '192.0.2.1'], deny: [ANN] }, '192.0.2.1', ANN, 'denied'],
    ['allows a host', { allow: ['192.0.2.0/24'] }, '192.0.2.1', undefined, undefined],
    ['keeps out a host that is not allowed', { allow: ['192.0.2.0/24'] }, '192.0.3.1', ANN, 'denied'],
    ['allows a proved peer wherever it is', { allow: [ANN] }, '192.0.3.1', ANN, undefined],
    ['keeps out a peer that is not allowed', { allow: [ANN] }, '192.0.3.1', BOB, 'denied'],
    ['asks for a proof where peers are allowed', { allow: [ANN] }, '192.0.3.1', undefined, 'unproved'],
    ['asks for none in an allowed network', { allow: [ANN, '192.0.2.1'] }, '192.0.2.1', undefined, undefined],
    ['takes a Unix socket for no network', { allow: ['0.0.0.0/0', '::/0'] }, 'localhost', undefined, 'denied']
  ])('%s', (_title, lists, host, peerId, expected) => {
    expect(rulesOf(lists).judge({ host, peerId })).toBe(expected)
  })
})

it('admits a host as long as one of its peers may come', () => {
  expect(rulesOf({ allow: [ANN] }).admitsHost('192.0.2.1')).toBe(true)
  expect(rulesOf({ allow: [ANN] }).admitsHost('192.0.2.1', BOB)).toBe(false)
  expect(rulesOf({ allow: ['10.0.0.0/8'] }).admitsHost('192.0.2.1')).toBe(false)
  expect(rulesOf({ deny: [ANN] }).deniesPeer(ANN)).toBe(true)
})

describe('a running list', () => {
  it('tells what has changed, and lists entries as they were given', () => {
    let changes = 0
    const rules = new PeerRules({ allow: [], deny: ['10.0.0.0/8'] }, () => changes++)
    expect(rules.deny('10.1.1.1/8')).toBe(false)
    expect(rules.deny(ANN)).toBe(true)
    expect(rules.allow('2001:DB8::1')).toBe(true)
    expect(changes).toBe(2)
    expect(rules.list()).toEqual({ allow: ['2001:DB8::1'], deny: ['10.0.0.0/8', ANN] })
    expect([rules.remove('::ffff:10.0.0.0/104'), rules.remove('10.0.0.0/8'), rules.remove('2001:db8::1')]).toEqual([
      true,
      false,
      true
    ])
    expect(changes).toBe(4)
    expect(rules.list()).toEqual({ allow: [], deny: [ANN] })
  })

  it.each(['', 'localhost', '10.0.0.0/40', ANN.slice(1), `${ANN}y`, 7 as never, '\u001b[2J'])(
    'refuses "%s"',
    (entry) => {
      const rules = rulesOf({})
      expect(codeOf(() => rules.allow(entry))).toBe('ERR_TRUSTP2P_RULE_INVALID')
      expect(codeOf(() => rules.remove(entry))).toBe('ERR_TRUSTP2P_RULE_INVALID')
    }
  )

  it('holds 10,000 entries, and refuses one more until one is taken out', () => {
    const deny = Array.from({ length: MOST_RULES }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
    const rules = rulesOf({ deny: deny.slice(1) })
    expect(rules.deny('10.0.0.0')).toBe(true)
    expect(codeOf(() => rules.deny(ANN))).toBe('ERR_TRUSTP2P_LIMIT_RULES')
    expect(rules.deny('10.0.0.0')).toBe(false)
    expect(rules.allow(ANN)).toBe(true)
    expect(rules.remove('10.0.0.0')).toBe(true)
    expect(rules.deny(ANN)).toBe(true)
    expect(rules.judge({ host: '10.0.39.15', peerId: undefined })).toBe('denied')
  })
})
