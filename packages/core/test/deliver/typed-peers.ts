import { createTestKit } from '@trustp2p/testing'
import { contractsOf } from '../../src/contract/contract'
import type { Contract, ContractEvent } from '../../src/contract/contract'
import type { CP2pMessage } from '../../src/deliver/message'
import type { CP2pPackage } from '../../src/wire/package'
import { PackageType } from '../../src/wire/package'
import { createBench } from './scripted-peer'
import type { ScriptedPeer } from './scripted-peer'

export const { crypto } = createTestKit()
/** The contract of the node. */
export const PROTO = `syntax = "proto3"; message Line { string text = 1; int64 id = 2; bytes raw = 3; } message Sent { int64 id = 1; }
service Chat { rpc Send(Line) returns (Sent); rpc Else(Sent) returns (Sent); }`
/** A version that both can read, and one that would be misread. */
export const WIDER = PROTO.replace('string text = 1;', 'string text = 1; optional string more = 9;')
export const CLASHING = PROTO.replace('string text', 'bytes text')
/** What a peer greets with. */
export const OPENING = { protocol_version: '1.0', alt: '1', encodings: [0, 1, 2] }

export function contractOf(proto = PROTO): Contract {
  const [contract] = contractsOf(proto, 'chat.proto')
  if (contract === undefined) throw new Error('no contract')
  return contract
}

export function digest(proto = PROTO): string {
  return contractOf(proto).digestText(crypto)
}

export function event(key = 'send', proto = PROTO): ContractEvent {
  const found = contractOf(proto).events[key]
  if (found === undefined) throw new Error('no event')
  return found
}

/** The questions for a descriptor that a peer has heard. */
export function asked(peer: ScriptedPeer): CP2pPackage[] {
  return peer.take().filter((heard) => heard.event === 'trustp2p/contract')
}

/** Lets what was promised happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

/** A bench whose node has the contract, and a peer that greets with another version of it. */
export function meet(theirs: string | undefined, options: Parameters<typeof createBench>[0] = {}) {
  const bench = createBench({ contracts: [contractOf()], ...options })
  const { peer, socket } = bench.link({ greet: false })
  peer.greet(theirs === undefined ? OPENING : { ...OPENING, contracts: { chat: digest(theirs) } })
  return { ...bench, peer, socket }
}

/** Answers the question for a descriptor. */
export function sayDescriptor(peer: ScriptedPeer, proto: string): void {
  const [question] = asked(peer)
  if (question === undefined) throw new Error('nobody asked')
  const body = new TextEncoder().encode(contractOf(proto).descriptor.text)
  peer.say({ type: PackageType.RESPONSE, event: question.event, body, tag: question.tag })
}

/** What a peer says of a typed event. */
export function typed(proto: string, body: object, fields: { type?: PackageType; tag?: string; key?: string } = {}) {
  const { type = PackageType.REQUEST, tag = 't', key = 'send' } = fields
  const bytes = event(key, proto)[type === PackageType.RESPONSE ? 'response' : 'request'].encode(body)
  return { type, event: `chat/${key}`, body: bytes, tag, contract: digest(proto) }
}

/** A route that answers with this. */
export const answering = (value: unknown) => (message: CP2pMessage) => message.reply(value)
