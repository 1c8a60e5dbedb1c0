import { contractJson, defineContract } from '../../src/contract/contract'
import { CONTRACT_BYTES, CONTRACT_EVENTS, CONTRACT_TYPES, TYPE_NESTING } from '../../src/contract/limits'
import { descriptorOf, EVERYTHING, thrownBy } from './samples'

const CHAT = `syntax = "proto3";
package shop.v1;
// A line.
message Line { string text = 1; repeated string to_whom = 2; }
message Sent { int64 id = 1; }
service Chat { rpc Send(Line) returns (Sent); rpc list_all(Sent) returns (Line) {} }
`

function invalid(text: string): { code?: string; message?: string; details?: Record<string, unknown> } {
  return thrownBy(() => defineContract(text, { file: 'chat.proto' }))
}

describe('a contract of a .proto text (U5)', () => {
  it('has an event for each rpc, named by service and rpc in lowerCamel, without the package', () => {
    const { Chat } = defineContract(CHAT)
    expect(Object.values(Chat ?? {}).map(({ event }) => event)).toEqual(['chat/send', 'chat/listAll'])
    expect(Object.keys(Chat ?? {})).toEqual(['send', 'listAll'])
    expect(Chat?.['send']?.request.name).toBe('Line')
  })

  it('calls fields by their names in lowerCamel', () => {
    expect(descriptorOf(CHAT).text).toContain('"2":{"label":"repeated","name":"toWhom","type":"string"}')
  })

  it('has the same descriptor whatever the comments, the layout and the order of declarations are', () => {
    const shuffled = `
      /* other */ syntax = "proto3"; package shop.v1; service Chat {
        rpc list_all (Sent) returns (Line);
        rpc Send (Line) returns (Sent) { option deprecated = true; } }
      message Sent { int64 id = 1; }
      message Line { repeated string to_whom = 2; string text = 1; } message Unused { int32 a = 1; }`
    expect(descriptorOf(shuffled).text).toBe(descriptorOf(CHAT).text)
    expect(descriptorOf(CHAT.replace('shop.v1', 'elsewhere')).text).toBe(descriptorOf(CHAT).text)
  })

  it.each([
    ['another number', 'text = 1', 'text = 3'],
    ['another type', 'string text', 'bytes text'],
    ['another label', 'string text', 'optional string text'],
    ['another name', 'text = 1', 'words = 1'],
    ['one event less', 'rpc list_all(Sent) returns (Line) {}', '']
  ])('has another descriptor with %s', (_what, before, after) => {
    expect(descriptorOf(CHAT.replace(before, after)).text).not.toBe(descriptorOf(CHAT).text)
  })

  it('is made of its own plain JSON as of its text', () => {
    const { Chat } = defineContract<{ Chat: Record<string, { contract: { descriptor: { text: string } } }> }>(
      contractJson(CHAT)
    )
    expect(Chat['send']?.contract.descriptor.text).toBe(descriptorOf(CHAT).text)
  })

  it('may import what Google brings, and nothing else', () => {
    const text =
      'import "google/protobuf/empty.proto"; service S { rpc A(google.protobuf.Empty) returns (google.protobuf.Empty); }'
    expect(descriptorOf(text).types.has('.google.protobuf.Empty')).toBe(true)
    expect(invalid('\nimport "other.proto";')).toMatchObject({
      code: 'ERR_TRUSTP2P_CONTRACT_INVALID',
      details: { line: 2 }
    })
  })

  it('has two contracts where the text has two services', () => {
    const { A, B } = defineContract(
      `message M {} service A { rpc Do(M) returns (M); } service B { rpc Do(M) returns (M); }`
    )
    expect([A?.['do']?.event, B?.['do']?.event]).toEqual(['a/do', 'b/do'])
  })
})

describe('a text that is no contract', () => {
  it.each([
    ['an open message', 'syntax = "proto3"; message A {\n', 2, 'end of input'],
    ['a field without a label in proto2', 'message A {\n string x = 1; }', 2, "'string'"],
    [
      'a field without a semicolon',
      'syntax = "proto3";\nmessage A {\n string x = 1\n string y = 2; }',
      4,
      "';' expected"
    ],
    ['a type that is not there', 'message A {}\nservice S {\n rpc Do(A) returns (B); }', 3, 'no such type: B'],
    [
      'a field of a type that is not there',
      'message A {\n optional B b = 1; }\nservice S { rpc Do(A) returns (A); }',
      2,
      'B'
    ],
    ['a number twice', 'syntax = "proto3";\nmessage A { string x = 1;\n string y = 1; }', 3, 'duplicate id 1'],
    ['a name twice', 'syntax = "proto3";\nmessage A { string x = 1;\n string x = 2; }', 3, "duplicate name 'x'"],
    ['a required field in proto3', 'syntax = "proto3";\nmessage A { required string x = 1; }', 2, 'required'],
    ['a kept number', 'message A { optional string x = 19000; }\nservice S { rpc Do(A) returns (A); }', 2, '19000'],
    ['a stream', 'message A {}\nservice S {\n rpc Do(stream A) returns (A); }', 3, 'stream'],
    ['an answer that is a stream', 'message A {}\nservice S {\n rpc Do(A) returns (stream A); }', 3, 'stream'],
    [
      'a group',
      'message A {\n optional group G = 1 { optional int32 x = 1; } }\nservice S { rpc Do(A) returns (A); }',
      2,
      'group'
    ],
    [
      'an extend',
      'message A { extensions 5; }\nextend A { optional int32 x = 5; }\nservice S { rpc Do(A) returns (A); }',
      2,
      'extend'
    ],
    [
      'bytes with a default',
      'message A {\n optional bytes x = 1 [default = "a"]; }\nservice S { rpc Do(A) returns (A); }',
      2,
      'default'
    ],
    ['no service', 'message A {}', 1, 'no service'],
    ['nothing', '', 1, 'no service'],
    ['a service without rpcs', 'message A {}\nservice S {}', 2, 'no events'],
    ['two rpcs of one event', 'message A {}\nservice S { rpc Do(A) returns (A);\n rpc do(A) returns (A); }', 3, 's/do'],
    [
      'two services of one name',
      'message A {}\nservice S { rpc Do(A) returns (A); }\nservice s { rpc Do(A) returns (A); }',
      3,
      'two services'
    ],
    ['something else', '{ "a": 1 }', 1, 'illegal'],
    ['control characters', '\u001b[31m', 1, '\\u001b']
  ])('with %s is refused, with file and line', (_what, text, line, part) => {
    const error = invalid(text)
    expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_INVALID', details: { file: 'chat.proto', line } })
    expect(error.message).toMatch(new RegExp(`^chat\\.proto:${String(line)}: `))
    expect(error.message).toContain(part)
  })

  it('is refused in its 65,537th byte, and not in its 65,536th', () => {
    const pad = (size: number) => EVERYTHING + ' '.repeat(size - EVERYTHING.length)
    expect(descriptorOf(pad(CONTRACT_BYTES)).name).toBe('every')
    expect(invalid(pad(CONTRACT_BYTES + 1))).toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_CONTRACT' })
  })

  it('is refused with 257 types, and not with 256', () => {
    const text = (count: number) =>
      `${Array.from({ length: count }, (_, index) => `message M${String(index)} { ${index + 1 < count ? `optional M${String(index + 1)} m = 1;` : ''} }`).join('\n')}
       service S { rpc Do(M0) returns (M0); }`
    expect(descriptorOf(text(CONTRACT_TYPES)).types.size).toBe(CONTRACT_TYPES)
    expect(invalid(text(CONTRACT_TYPES + 1))).toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_CONTRACT' })
  })

  it('is refused with 257 events, and not with 256', () => {
    const text = (count: number) =>
      `message M {} service S { ${Array.from({ length: count }, (_, index) => `rpc R${String(index)}(M) returns (M);`).join('\n')} }`
    expect(descriptorOf(text(CONTRACT_EVENTS)).events.size).toBe(CONTRACT_EVENTS)
    expect(invalid(text(CONTRACT_EVENTS + 1))).toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_CONTRACT' })
  })

  it('is refused with messages that lie in each other 17 deep, and not 16', () => {
    const text = (depth: number) =>
      `${Array.from({ length: depth }, (_, index) => `message M${String(index)} {`).join(' ')} ${'}'.repeat(depth)}
       service S { rpc Do(${Array.from({ length: depth }, (_, index) => `M${String(index)}`).join('.')}) returns (M0); }`
    expect(descriptorOf(text(TYPE_NESTING)).types.size).toBe(2)
    expect(invalid(text(TYPE_NESTING + 1))).toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_CONTRACT' })
    expect(invalid(text(1000))).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_INVALID' })
  })
})
