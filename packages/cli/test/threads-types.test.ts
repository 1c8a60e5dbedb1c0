import { mkdirSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { cleanUp, runCommand, temporaryFolder } from './command'

jest.setTimeout(120_000)
afterEach(cleanUp)

const CHAT = 'syntax = "proto3"; message M { string text = 1; } service Chat { rpc Send(M) returns (M); }'
const HALL = CHAT.replace('Chat', 'Hall')

describe('trustp2p-cli threads types (U5)', () => {
  it('writes a module beside each .proto, and keeps it where nothing changed', async () => {
    const cwd = temporaryFolder({
      'threads-available/chat.proto': CHAT,
      'threads-available/hall/hall.proto': HALL,
      'proto/shared.proto': CHAT.replace('Chat', 'Shared'),
      'threads-available/hall/deep/deep.proto': 'nonsense'
    })
    const files = ['proto/shared', 'threads-available/chat', 'threads-available/hall/hall']
    const first = await runCommand(['threads', 'types'], { cwd })
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(first.out).toBe(files.map((file) => `${file}.contract.ts: written\n`).join(''))
    const again = await runCommand(['threads', 'types', '--json'], { cwd })
    expect(JSON.parse(again.out)).toEqual(files.map((file) => ({ proto: `${file}.proto`, status: 'kept' })))
    const text = readFileSync(join(cwd, 'threads-available/chat.contract.ts'), 'utf8')
    expect(text).toContain('export interface M {\n  text: string\n}')
    const available = await runCommand(['threads', 'available'], { cwd })
    expect(available.out).not.toContain('contract')
  })

  it('writes that of one thread, and fails where there is none', async () => {
    const cwd = temporaryFolder({ 'threads-available/chat.proto': CHAT, 'threads-available/hall/api.proto': HALL })
    expect((await runCommand(['threads', 'types', 'hall'], { cwd })).out).toBe(
      'threads-available/hall/api.contract.ts: written\n'
    )
    expect(await runCommand(['threads', 'types', 'nobody'], { cwd })).toMatchObject({
      code: 1,
      out: 'no .proto is called nobody\n'
    })
    expect(await runCommand(['threads', 'types'], { cwd: temporaryFolder() })).toMatchObject({ code: 0 })
  })

  it('fails for a .proto that is no contract, with its line, and writes the others', async () => {
    const cwd = temporaryFolder({ 'proto/bad.proto': '\nmessage M {', 'proto/chat.proto': CHAT })
    const { code, out, err } = await runCommand(['threads', 'types'], { cwd })
    expect([code, out]).toEqual([1, 'proto/chat.contract.ts: written\n'])
    expect(err).toContain('bad.proto:2: ')
    expect(err).toContain('ERR_TRUSTP2P_CONTRACT_INVALID')
  })

  it('names what it could neither read nor write, leaves nothing behind, and writes the others', async () => {
    const cwd = temporaryFolder({ 'proto/chat.proto': CHAT, 'proto/hall.proto': HALL, 'proto/vast.proto': '' })
    truncateSync(join(cwd, 'proto/vast.proto'), 3 * 1024 ** 3)
    mkdirSync(join(cwd, 'proto/hall.contract.ts'))
    const { code, out, err } = await runCommand(['threads', 'types'], { cwd })
    expect([code, out]).toEqual([1, 'proto/chat.contract.ts: written\n'])
    expect(err).toContain('hall.contract.ts cannot be written: ')
    expect(err).toContain(`vast.proto is ${3 * 1024 ** 3} bytes long, and was not read: split it`)
    expect(err).not.toContain('    at ')
    expect(readdirSync(join(cwd, 'proto')).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})
