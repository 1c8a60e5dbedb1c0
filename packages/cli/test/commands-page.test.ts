import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { createClient, createThreadList } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { createProgram } from '../src/command-line'
import { explain } from '../src/commands/explain'
import { status } from '../src/commands/status'
import { cleanUp, runCommand, startCommand, temporaryFolder } from './command'
import type { RunningCommand } from './command'
import { createMemoryTerminal } from './memory-terminal'
import { repeatUntil } from './repeat-until'

jest.setTimeout(120_000)
afterAll(cleanUp)

const PAGE = readFileSync(join(__dirname, '../../../docs/reference/commands.md'), 'utf8')
const PROGRAM = createProgram({ terminal: createMemoryTerminal(), status: 0, json: false })
const COMMON = ['--cwd <dir>', '--json']

/** A command as the page has it: what stands under its heading. */
interface Section {
  readonly usage: string
  readonly description: string
  readonly options: readonly (readonly [flags: string, meaning: string])[]
}

function sections(): Section[] {
  return PAGE.split(/^#{2,3} /m)
    .slice(1)
    .filter((text) => text.startsWith('`'))
    .map((text) => ({
      usage: /^`(.*)`/.exec(text)?.[1] ?? '',
      description: text.split('\n')[2] ?? '',
      options: optionRows(text)
    }))
}

function optionRows(text: string): [string, string][] {
  return [...text.matchAll(/^\| `(--[^`]*)` +\| (.*?) +\|$/gm)].map(([, flags = '', meaning = '']) => [
    flags,
    meaning.replaceAll('\\*', '*')
  ])
}

function sectionOf(heading: string): string {
  return PAGE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
}

/** The commands that can be called, and the groups of them, as the page should have them. */
function defined(command: Command, path = ''): Section[] {
  return command.commands.flatMap((one) => {
    const name = `${path} ${one.name()}`.trim()
    const usage = [name, ...one.registeredArguments.map(argumentText)].join(' ')
    return [{ usage, description: one.description(), options: ownOptions(one) }, ...defined(one, name)]
  })
}

/** A command and all that are below it. */
function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)]
}

function argumentText(argument: Command['registeredArguments'][number]): string {
  const text = argument.name() + (argument.variadic ? '...' : '')
  return argument.required ? `<${text}>` : `[${text}]`
}

function allOptions(command: Command): [string, string][] {
  return command.options.map(({ flags, description }) => [flags, description])
}

/** Those that the page has in no table of its own. */
function ownOptions(command: Command): [string, string][] {
  const settings = optionRows(sectionOf('Options of settings')).map(([flags]) => flags)
  const all = allOptions(command)
  const hasSettings = all.some(([flags]) => flags.startsWith('--set '))
  return all.filter(([flags]) => !COMMON.includes(flags) && !(hasSettings && settings.includes(flags)))
}

describe('docs/reference/commands.md', () => {
  it('has every command with its arguments, description and options, in the order of --help, and no other', () => {
    expect(sections()).toEqual(defined(PROGRAM))
  })

  it('has the options that commands share', () => {
    const start = PROGRAM.commands.find((command) => command.name() === 'start')
    expect(start).toBeDefined()
    const all = start === undefined ? [] : allOptions(start)
    const common = all.filter(([flags]) => COMMON.includes(flags))
    expect(optionRows(sectionOf('Options of all commands'))).toEqual(common)
    expect(optionRows(sectionOf('Options of settings'))).toEqual(all.filter(([flags]) => !COMMON.includes(flags)))
    for (const command of commandsOf(PROGRAM)) {
      const has = allOptions(command).filter(([flags]) => COMMON.includes(flags)).length
      expect([command.name(), has]).toEqual([command.name(), COMMON.length])
    }
  })
})

const EXAMPLES = [...PAGE.matchAll(/^```text (.*)\n([^]*?)^```$/gm)].map(([, title = '', text = '']) => ({
  title,
  text
}))
const EXPLAINED = 'trustp2p-cli explain nix, on a terminal'
const ON_TERMINAL = 'trustp2p-cli status, on a terminal'

/** A project whose node runs, and what its commands print beside what the page says of them. */
class Demonstration {
  readonly shown: string[] = []
  readonly #cwd: string
  readonly #start: RunningCommand
  readonly #address: string

  private constructor(cwd: string, start: RunningCommand, address: string) {
    this.#cwd = cwd
    this.#start = start
    this.#address = address
  }

  static async begin(): Promise<Demonstration> {
    const cwd = temporaryFolder()
    await runCommand(['init'], { cwd })
    const start = startCommand(['start', '--listen', 'ws://127.0.0.1:0'], { cwd })
    const address = await start.address()
    const demonstration = new Demonstration(cwd, start, address)
    demonstration.#compare('trustp2p-cli start', start.out)
    return demonstration
  }

  /** Runs what the title of an example says. */
  async show(title: string, ...more: string[]): Promise<void> {
    const args = wordsOf(title)
      .slice(1)
      .map((word) => (word.startsWith('ws://') ? this.#address : word))
    const { out, err } = await runCommand([...args, ...more], { cwd: this.#cwd })
    this.#compare(title, `${out}${err}`)
  }

  /** Watches while a request is shown. */
  async showWatched(title: string, request: string): Promise<void> {
    const watch = startCommand(wordsOf(title).slice(1), { cwd: this.#cwd })
    await this.#withPeer(async (peer, socket) => {
      const ask = () => void peer.request(socket, 'hello', { name: 'begin' }).catch(() => undefined)
      await repeatUntil(ask, watch.prints('begin'))
    })
    await this.show(request)
    await watch.prints(/RESPONSE.*Ada/)
    const lines = watch.out.split('\n').filter((line) => line.includes('Ada'))
    this.#compare(title, lines.join('\n'))
  }

  async showOnTerminal(): Promise<void> {
    await this.#withPeer(async () => {
      const terminal = createMemoryTerminal(200)
      expect(await status({ cwd: this.#cwd }, terminal)).toBe(0)
      this.#compare(ON_TERMINAL, terminal.out.lines.join('\n'))
    })
  }

  async showExplained(): Promise<void> {
    await this.#withPeer(async (peer, socket) => {
      await expect(peer.request(socket, 'nix')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
      const terminal = createMemoryTerminal(200)
      expect(await explain('nix', { cwd: this.#cwd }, terminal)).toBe(0)
      this.#compare(EXPLAINED, terminal.out.lines.join('\n'))
    })
  }

  async showDoctor(): Promise<void> {
    symlinkSync('nowhere.js', join(this.#cwd, 'threads-enabled/lost.js'))
    await this.show('trustp2p-cli doctor', '--listen', this.#address)
  }

  async end(): Promise<void> {
    this.#start.signal('SIGINT')
    await this.#start.ended
  }

  async #withPeer(use: (peer: P2pNode, socket: P2pSocket) => Promise<void>): Promise<void> {
    const connect = [this.#address]
    const options = { cwd: this.#cwd, configFile: false, log: { level: 'silent' } } as const
    const peer = await createClient({ ...options, connect, source: createThreadList({}) })
    try {
      await use(peer, peer.sockets[0] as P2pSocket)
    } finally {
      await peer.close()
    }
  }

  #compare(title: string, text: string): void {
    this.shown.push(title)
    const example = EXAMPLES.find((one) => one.title === title)
    expect(this.#plain(text)).toBe(this.#plain(example?.text ?? `no example ${title}`))
  }

  /** Numbers, folders, peer ids, endings of copied threads and the width of columns differ from run to run, limits by the system. */
  #plain(text: string): string {
    return text
      .replaceAll(this.#cwd, '/srv/my-node')
      .replaceAll(/\b[a-z1-9]{52}\b/g, 'a peer id')
      .replaceAll(/heartbeat\.(?:ts|cjs)/g, 'heartbeat')
      .replaceAll(/\d+ min \d+ s|\d+(?:\.\d)? m?s\b/g, '0 ms')
      .replaceAll(/\d+(?:\.\d+)* (?:GiB|MiB|KiB)/g, '0 MiB')
      .replaceAll(/^(?:ok|skipped) .*(?:files may be open|limit of open files).*$/gm, 'the limit of open files')
      .replaceAll(/\d+(?:,\d{3})*/g, '0')
      .replaceAll(/ +/g, ' ')
      .trim()
  }
}

/** The words of a line of shell; single quotes are all that the page uses. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare = '']) => quoted ?? bare)
}

describe('an example of docs/reference/commands.md', () => {
  it('is what the command prints, and none is left out', async () => {
    const demonstration = await Demonstration.begin()
    const request = `trustp2p-cli request ws://127.0.0.1:1107 hello '{"name":"Ada"}'`
    await demonstration.showWatched('trustp2p-cli watch --event hello', request)
    await demonstration.showOnTerminal()
    await demonstration.showExplained()
    for (const title of [
      `trustp2p-cli talk ws://127.0.0.1:1107 note '"hello"'`,
      'trustp2p-cli threads list',
      'trustp2p-cli threads list --long',
      'trustp2p-cli threads available',
      'trustp2p-cli threads enable echo nix',
      'trustp2p-cli threads disable echo',
      'trustp2p-cli threads reload hello',
      'trustp2p-cli threads reset hello',
      'trustp2p-cli threads new chat',
      'trustp2p-cli threads check',
      'trustp2p-cli explain ERR_TRUSTP2P_REQUEST_TIMEOUT',
      'trustp2p-cli config explain log.level',
      'trustp2p-cli config check'
    ]) {
      await demonstration.show(title)
    }
    await demonstration.showDoctor()
    await demonstration.end()
    await demonstration.show('trustp2p-cli status')
    expect(demonstration.shown.sort()).toEqual(EXAMPLES.map(({ title }) => title).sort())
  })
})
