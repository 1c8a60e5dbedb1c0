import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { contractModule } from '../../src/contract/contract-module'
import { EVERYTHING, thrownBy } from './samples'

const SHOP = `syntax = "proto3"; package shop;
import "google/protobuf/timestamp.proto";
message Order { message Item { string name = 1; } enum State { OPEN = 0; PAID = 1; } repeated Item items = 1; State state = 2; google.protobuf.Timestamp at = 3; }
message OrderItem { required_is_no_word = 1; }
`

describe('the module of a .proto', () => {
  it('has an interface for each message, a constant for each enum, and the events of each service', () => {
    const text = contractModule(
      `syntax = "proto3";
       message Line { string text = 1; optional int64 at = 2; repeated Mood moods = 3; map<string, bytes> files = 4; }
       message Sent {} enum Mood { CALM = 0; ANGRY = 1; }
       service Chat { rpc Send(Line) returns (Sent); }`,
      { file: 'chat.proto' }
    )
    const [, ...parts] = text.split('\n\n')
    expect(text).toContain('// Made from chat.proto by `trustp2p-cli threads types`')
    expect(parts.slice(0, -1).join('\n\n')).toBe(`import { defineContract } from 'trustp2p'
import type { ContractEvent } from 'trustp2p'

export interface Line {
  text: string
  at?: bigint | undefined
  moods: Mood[]
  files: Record<string, Uint8Array>
}

export const Mood = {
  CALM: 0,
  ANGRY: 1
} as const
export type Mood = (typeof Mood)[keyof typeof Mood]

export interface Sent {}

interface Services {
  readonly Chat: {
    readonly send: ContractEvent<Line, Sent>
  }
}`)
    expect(parts.at(-1)).toMatch(/^export const \{ Chat \} = defineContract<Services>\(\[\n {2}\{"events":/)
  })

  it('gives types that lie in others, and those of packages, names of their own', () => {
    const proto =
      SHOP.replace('required_is_no_word', 'int32 x') + 'service Shop { rpc Buy(Order) returns (OrderItem); }'
    const text = contractModule(proto, { file: 'shop.proto' })
    const names = [...text.matchAll(/^export (?:interface|const) (\w+)/gm)].map(([, name]) => name)
    expect(names).toEqual(['Order', 'OrderItem', 'OrderState', 'OrderItem2', 'GoogleProtobufTimestamp'])
    expect(text).toContain('items: OrderItem[]')
    expect(text).toContain('readonly buy: ContractEvent<Order, OrderItem2>')
  })

  it('is TypeScript without a mistake in its syntax, whatever the .proto has', () => {
    const { diagnostics } = ts.transpileModule(contractModule(EVERYTHING, { file: 'every.proto' }), {
      reportDiagnostics: true
    })
    expect(diagnostics).toEqual([])
  })

  it('is not made of a .proto that is no contract', () => {
    expect(thrownBy(() => contractModule(SHOP, { file: 'shop.proto' }))).toMatchObject({
      code: 'ERR_TRUSTP2P_CONTRACT_INVALID',
      details: { file: 'shop.proto', line: 4 }
    })
  })
})

describe('examples/typed-messages', () => {
  it('has the module that the command writes now', () => {
    const folder = join(__dirname, '../../../../examples/typed-messages/threads-available')
    const read = (ending: string) => readFileSync(join(folder, `guestbook.${ending}`), 'utf8')
    expect(contractModule(read('proto'), { file: 'guestbook.proto' })).toBe(read('contract.ts'))
  })
})
