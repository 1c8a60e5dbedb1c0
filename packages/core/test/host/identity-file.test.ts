import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { dirname, join } from 'node:path'
import { identityFile, openIdentity, readIdentity, rotateIdentity } from '../../src/host/identity-file'
import { createNodeKit } from '../../src/host/kit'
import { silentLog } from '../../src/host/log'
import { isSuccession } from '../../src/identity/succession'
import type { Succession } from '../../src/identity/succession'
import { bundleFixture, endOf } from './child'

const kit = createNodeKit({ log: silentLog })
const coded = (code: string) => expect.objectContaining({ code }) as Error
let cwd: string
let file: string

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'identity-'))
  file = await identityFile({ cwd, name: 'node' })
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

interface Kept {
  readonly succession: object
}

const place = () => ({ cwd, name: 'node', kit })

it('B6 is made at the first start, for its user alone, and kept', async () => {
  expect(await readIdentity(place())).toBeUndefined()
  const { peerId } = await openIdentity(place())
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect((await openIdentity(place())).peerId).toBe(peerId)
  expect((await readIdentity(place()))?.peerId).toBe(peerId)
  expect((await openIdentity({ ...place(), name: 'other' })).peerId).not.toBe(peerId)
  expect(readdirSync(dirname(file))).toEqual(['identity'])
})

it('is one for all of several first starts at once', async () => {
  const made = await Promise.all(Array.from({ length: 8 }, () => openIdentity(place())))
  expect(new Set(made.map(({ peerId }) => peerId)).size).toBe(1)
  expect(readdirSync(dirname(file))).toEqual(['identity'])
})

it('shows its secret key to nobody who looks at it', async () => {
  const identity = await openIdentity(place())
  const { secretKey } = JSON.parse(readFileSync(file, 'utf8')) as { secretKey: string }
  const shown = JSON.stringify(identity) + Object.values(identity).map(String).join()
  expect(shown).not.toContain(secretKey)
  expect(shown).not.toContain(Buffer.from(secretKey, 'base64').join(','))
})

it.each([0o640, 0o604, 0o660, 0o666, 0o644])('is refused with the mode %o, with what to do', async (mode) => {
  await openIdentity(place())
  chmodSync(file, mode)
  const opened = openIdentity(place())
  await expect(opened).rejects.toEqual(coded('ERR_TRUSTP2P_IDENTITY_FILE_OPEN'))
  await expect(opened).rejects.toThrow(`chmod go= ${file}`)
})

describe('a file that holds no identity is refused, and never replaced', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['another version', '{"version":2}'],
    ['no key', '{"version":1}'],
    ['a short key', '{"version":1,"secretKey":"AAAA"}'],
    ['more than is read', `{"version":1,"more":"${'x'.repeat(4096)}"}`]
  ])('%s', async (_name, text) => {
    await openIdentity(place())
    writeFileSync(file, text)
    await expect(openIdentity(place())).rejects.toEqual(coded('ERR_TRUSTP2P_IDENTITY_FILE_INVALID'))
    await expect(rotateIdentity(place())).rejects.toEqual(coded('ERR_TRUSTP2P_IDENTITY_FILE_INVALID'))
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  it('the id of another key', async () => {
    await openIdentity(place())
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    const { peerId } = await openIdentity({ ...place(), name: 'other' })
    writeFileSync(file, JSON.stringify({ ...kept, peerId }))
    await expect(openIdentity(place())).rejects.toEqual(coded('ERR_TRUSTP2P_IDENTITY_FILE_INVALID'))
  })

  it.each(['none', 'of another', 'altered'])('a succession: %s', async (which) => {
    const other = { ...place(), name: 'other' }
    await openIdentity(other)
    await rotateIdentity(other)
    const stolen = JSON.parse(readFileSync(await identityFile(other), 'utf8')) as Kept
    await openIdentity(place())
    await rotateIdentity(place())
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept
    const succession = { none: {}, 'of another': stolen.succession, altered: { ...kept.succession, at: 5 } }[which]
    writeFileSync(file, JSON.stringify({ ...kept, succession }))
    await expect(openIdentity(place())).rejects.toEqual(coded('ERR_TRUSTP2P_IDENTITY_FILE_INVALID'))
  })

  it('a link', async () => {
    await openIdentity(place())
    rmSync(file)
    symlinkSync('/dev/null', file)
    await expect(openIdentity(place())).rejects.toEqual(coded('ERR_TRUSTP2P_IDENTITY_FILE_INVALID'))
  })
})

it('is refused where the folder cannot be written', async () => {
  await openIdentity(place())
  rmSync(file)
  chmodSync(dirname(file), 0o500)
  const isRoot = process.geteuid?.() === 0
  const opened = openIdentity(place())
  if (isRoot) await expect(opened).resolves.toBeDefined()
  else await expect(opened).rejects.toEqual(coded('ERR_TRUSTP2P_IDENTITY_FILE_FAILED'))
  chmodSync(dirname(file), 0o700)
})

it('is refused where a folder is in its place', async () => {
  await openIdentity(place())
  rmSync(file)
  mkdirSync(file)
  await expect(openIdentity(place())).rejects.toEqual(coded('ERR_TRUSTP2P_IDENTITY_FILE_INVALID'))
})

it('changes to another one, with a statement that the old key has signed', async () => {
  const old = await openIdentity(place())
  const renewed = await rotateIdentity(place())
  expect(renewed.peerId).not.toBe(old.peerId)
  expect(renewed.succession).toMatchObject({ from: old.peerId, to: renewed.peerId })
  expect(renewed.succession && isSuccession(kit.crypto, renewed.succession)).toBe(true)
  const opened = await openIdentity(place())
  expect(opened.statement).toEqual(renewed.statement)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(dirname(file))).toEqual(['identity'])
})

it('has nothing to change before the first start', async () => {
  await expect(rotateIdentity(place())).rejects.toEqual(coded('ERR_TRUSTP2P_IDENTITY_FILE_INVALID'))
})

it('is whole after kill -9 at any moment, 50 times, and the last one that was acknowledged or the one after it', async () => {
  const start = bundleFixture('rotate-identity.ts', cwd)
  for (let round = 0; round < 50; round++) {
    const child = start([cwd])
    const acknowledged: string[] = []
    const lines = createInterface(child.stdout as Readable)
    await new Promise<void>((resolve) => {
      lines.on('line', (peerId) => {
        if (acknowledged.push(peerId) === 2) resolve()
      })
    })
    // Some rounds end within the write that follows, others later.
    for (let turn = 0; turn < round; turn++) await new Promise(setImmediate)
    const ended = endOf(child)
    child.kill('SIGKILL')
    await ended
    const { peerId, succession } = await openIdentity(place())
    expect([peerId, succession?.from]).toContain(acknowledged.at(-1))
    expect(isSuccession(kit.crypto, succession as Succession)).toBe(true)
  }
}, 240_000)
