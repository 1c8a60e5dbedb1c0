import { defineContract } from '../../src/contract/contract'
import type { ContractEvent } from '../../src/contract/contract'
import { readDescriptor } from '../../src/contract/descriptor'
import type { ContractDescriptor, ContractJson, FieldDescriptor } from '../../src/contract/descriptor'
import { readProto } from '../../src/contract/proto-text'

/** A message with a field of every kind and label, and a service that takes and gives it. */
export const EVERYTHING = `syntax = "proto3";
package every.thing;
message All {
  double a = 1; float b = 2; int32 c = 3; uint32 d = 4; sint32 e = 5; fixed32 f = 6; sfixed32 g = 7;
  int64 h = 8; uint64 i = 9; sint64 j = 10; fixed64 k = 11; sfixed64 l = 12; bool m = 13; string n = 14; bytes o = 15;
  Mood p = 16;
  All q = 17;
  repeated sint32 r = 18; repeated string s = 19; repeated All t = 20;
  map<string, int32> u = 21; map<int32, All> v = 22; map<bool, string> w = 23;
  optional int32 x = 24; optional string y = 25;
  oneof choice { string left = 26; int64 right = 27; }
  repeated double z = 100;
}
enum Mood { CALM = 0; ANGRY = 1; FAR_AWAY = -7; }
service Every { rpc Thing(All) returns (All); }
`

/** The event of a text that has one service with one rpc. */
export function eventOf(text: string): ContractEvent {
  const event = Object.values(Object.values(defineContract(text))[0] ?? {})[0]
  if (event === undefined) throw new Error('the text has no event')
  return event
}

/** The event of a proto3 text in which a message M is asked and answered. */
export function eventOfMessage(fields: string, more = ''): ContractEvent {
  return eventOf(`syntax = "proto3"; ${more} message M { ${fields} } service S { rpc Do(M) returns (M); }`)
}

export function descriptorOf(text: string): ContractDescriptor {
  const [descriptor] = readProto(text, 'sample.proto')
  if (descriptor === undefined) throw new Error('the text has no service')
  return descriptor
}

/** A descriptor of one event, whose question is the message M with these fields. */
export function descriptorWith(
  fields: Record<string, FieldDescriptor>,
  types: ContractJson['types'] = {}
): ContractDescriptor {
  const events = { do: { request: '.M', response: '.R' } }
  return readDescriptor({ name: 's', events, types: { '.M': { fields }, '.R': { fields: {} }, ...types } })
}

export function thrownBy(call: () => unknown): { code?: string; message?: string; details?: Record<string, unknown> } {
  try {
    call()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
