import { statSync } from 'node:fs'
import { join } from 'node:path'
import { cleanUp, runCommand, temporaryFolder } from './command'

jest.setTimeout(60_000)
afterAll(cleanUp)

it('B6 shows the peer id of a node, and gives it another one that the old key has signed', async () => {
  const cwd = temporaryFolder()
  const first = await runCommand(['id'], { cwd })
  expect(first.out).toMatch(/^[a-z1-9]{52}\n$/)
  expect(statSync(join(cwd, '.trustp2p/server/identity')).mode & 0o777).toBe(0o600)
  expect((await runCommand(['id', 'show'], { cwd })).out).toBe(first.out)
  expect((await runCommand(['id', '--name', 'other'], { cwd })).out).not.toBe(first.out)
  const rotated = await runCommand(['id', 'rotate', '--json'], { cwd })
  const { peerId, formerPeerId } = JSON.parse(rotated.out) as Record<string, string>
  expect(`${formerPeerId}\n`).toBe(first.out)
  expect((await runCommand(['id', 'show'], { cwd })).out).toBe(`${peerId}\n`)
})

it('makes a key for a private network, another one each time, and keeps none', async () => {
  const cwd = temporaryFolder()
  const first = await runCommand(['id', 'network-key'], { cwd })
  expect(Buffer.from(first.out, 'base64').length).toBe(32)
  const { out } = await runCommand(['id', 'network-key', '--json'], { cwd })
  const { key } = JSON.parse(out) as { key: string }
  expect([key.length, `${key}\n` === first.out]).toEqual([44, false])
})

it('has nothing to rotate before the first start', async () => {
  const { code, err } = await runCommand(['id', 'rotate'], { cwd: temporaryFolder() })
  expect(code).toBe(1)
  expect(err).toContain('ERR_TRUSTP2P_IDENTITY_FILE_INVALID')
})
