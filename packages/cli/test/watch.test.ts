import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, createThreadList } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { ControlClient } from 'trustp2p/control'
import { cleanUp, runCommand, startCommand, temporaryFolder } from './command'
import type { RunningCommand } from './command'
import { repeatUntil } from './repeat-until'

jest.setTimeout(120_000)

const THREAD = `module.exports = class {
  get eventMap() { return { 30: { ask: (_, { body }) => body }, 20: { tell() {} } } }
}`

let cwd: string
let start: RunningCommand
let peer: P2pNode
let socket: P2pSocket

beforeEach(async () => {
  cwd = temporaryFolder({ 'threads-available/a.js': THREAD })
  mkdirSync(join(cwd, 'threads-enabled'))
  symlinkSync('../threads-available/a.js', join(cwd, 'threads-enabled/a.js'))
  start = startCommand(['start', '--listen', 'ws://127.0.0.1:0'], { cwd })
  peer = await createClient({
    cwd,
    connect: [await start.address()],
    log: { level: 'silent' },
    source: createThreadList({})
  })
  socket = peer.sockets[0] as P2pSocket
})

afterEach(async () => {
  await peer.close()
  await cleanUp()
})

const ask = (body?: string) => () => void peer.request(socket, 'ask', body).catch(() => undefined)

/** A watch that has begun: it shows what is asked until it does. */
async function startWatch(...args: string[]): Promise<RunningCommand> {
  const command = startCommand(['watch', ...args], { cwd })
  await repeatUntil(ask('begin'), command.prints('"begin"'))
  return command
}

const linesOf = (command: RunningCommand) =>
  command.out.split('\n').filter((line) => line !== '' && !line.includes('"begin"'))

describe('watch', () => {
  it('prints frames as lines until Ctrl-C, and ends with 0', async () => {
    const command = await startWatch()
    await peer.request(socket, 'ask', { a: [1] })
    peer.talk(socket, 'tell', new Uint8Array([1, 2]))
    await expect(peer.request(socket, 'nix')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    await command.prints(/RESPONSE nix .*ERR_TRUSTP2P_THREAD_NO_HANDLER/)
    command.signal('SIGINT')
    expect(await command.ended).toMatchObject({ code: 0, signal: null, err: '' })
    const [asked, answered, told] = linesOf(command)
    expect(asked).toMatch(/^\d\d:\d\d:\d\d\.\d{3} in {2}s1 127\.0\.0\.1:\d+ REQUEST ask #\w+ \{"a":\[1\]\}$/)
    expect(answered).toMatch(/^\d\d:\d\d:\d\d\.\d{3} out s1 127\.0\.0\.1:\d+ RESPONSE ask #\w+ \{"a":\[1\]\}$/)
    expect(told).toMatch(/ TALK tell bytes AQI=$/)
  })

  it('prints JSON for programs, of the frames alone that pass its filters', async () => {
    const command = await startWatch('--json', '--thread', 'a', '--event', 'as*', '--socket', 's1')
    peer.talk(socket, 'tell', 1)
    await peer.request(socket, 'nix').catch(() => undefined)
    await peer.request(socket, 'ask', 'x'.repeat(3000))
    await peer.request(socket, 'ask', { last: true })
    await command.prints('"last"')
    const frames = linesOf(command).map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(frames.map(({ way, type, event }) => [way, type, event])).toEqual([
      ['in', 'REQUEST', 'ask'],
      ['out', 'RESPONSE', 'ask'],
      ['in', 'REQUEST', 'ask'],
      ...(frames.length > 3 ? [['out', 'RESPONSE', 'ask']] : [])
    ])
    expect(frames[0]).toMatchObject({ socket: 's1', cut: true, text: expect.stringMatching(/^"x{2047}$/) as string })
    expect(frames[2]).toMatchObject({ body: { last: true }, time: expect.stringMatching(/^\d{4}-.*Z$/) as string })
  })

  it('lets nothing of a peer reach the terminal as it came, nor forge a line or a column', async () => {
    const command = await startWatch()
    const evil = '\u001b[2J\n00:00:00.000 in  s9 TALK forged\u202e\u009b'
    await peer.request(socket, evil, { [evil]: evil }).catch(() => undefined)
    peer.talk(socket, 'a REQUEST pay #1', 1)
    await command.prints('REQUEST pay')
    const lines = linesOf(command)
    expect(lines).toHaveLength(3)
    expect(command.out.replaceAll('\n', '')).toMatch(/^[\u0020-\u007e]*$/)
    expect(lines[0]).toContain('REQUEST "\\u001b[2J\\n00:00:00.000 in  s9 TALK forged\\u202e\\u009b" #')
    expect(lines[2]).toContain(' TALK "a REQUEST pay #1" 1')
  })

  it('ends with 1 when its node does, and with 0 when nobody reads it any more', async () => {
    const [first, second] = [await startWatch(), await startWatch()]
    second.child.stdout.destroy()
    expect(await repeatUntil(ask(), second.ended)).toMatchObject({ code: 0, signal: null })
    start.signal('SIGINT')
    expect(await first.ended).toMatchObject({
      code: 1,
      err: 'error: the node server has ended: watch it again once it runs (ERR_TRUSTP2P_SOCKET_CLOSED)\n  connect again\n'
    })
  })

  it('fails readably where no node runs, several do, or its thread or socket is not there', async () => {
    const failure = async (...args: string[]) => {
      const { code, out, err } = await runCommand(['watch', ...args], { cwd })
      expect([code, out]).toEqual([1, ''])
      return err
    }
    expect(await failure('--name', 'nix')).toContain('ERR_TRUSTP2P_CONTROL_NOT_RUNNING')
    expect(await failure('--thread', 'nix')).toContain(
      `no thread 'nix' is enabled: there are a (ERR_TRUSTP2P_THREAD_NOT_FOUND)`
    )
    expect(await failure('--socket', 's99')).toContain('(ERR_TRUSTP2P_CONTROL_INVALID)')
    const other = startCommand(['start', '--listen', 'ws://127.0.0.1:0', '--name', 'other'], { cwd })
    await other.address()
    expect(await failure()).toContain('choose one of other, server with --name (ERR_TRUSTP2P_CONTROL_AMBIGUOUS)')
    await startWatch('--name', 'server')
  })

  it('that is stopped (Ctrl-Z) costs the node no memory, and tells what it missed when it goes on', async () => {
    const command = await startWatch()
    command.signal('SIGSTOP')
    const control = await ControlClient.connect({ cwd, name: 'server' })
    const burst = async (count: number) => {
      for (let number = 0; number < count; number += 1000) {
        for (let index = 0; index < 1000; index++) peer.talk(socket, 'tell', 'x'.repeat(200))
        await peer.request(socket, 'ask', 'round')
      }
      return (await control.status()).memory
    }
    // Enough to fill what the systems and the queue hold: 4 MiB and some.
    await burst(60_000)
    const before = await burst(20_000)
    const after = await burst(100_000)
    expect(after.rssBytes - before.rssBytes).toBeLessThan(40 * 1024 * 1024)
    command.signal('SIGCONT')
    await command.prints(/^… [\d,]+ frames were not shown/m)
    // What comes in the rest of this second may be left out, too.
    await repeatUntil(ask('again'), command.prints('"again"'))
    await control.close()
    expect((await runCommand(['status'], { cwd })).code).toBe(0)
  })
})
