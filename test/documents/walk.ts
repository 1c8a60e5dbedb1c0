import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, join, relative } from 'node:path'
import ts from 'typescript'
import type { Block } from './markdown'
import { RunningCommand } from './running-command'
import type { Stage } from './stage'
import { assertUnit } from './unit-file'

/** The address that documents name, and that stands for whatever free port a node got. */
const ADDRESS = 'ws://127.0.0.1:1107'
const ANY_ADDRESS = /wss?:\/\/127\.0\.0\.1:1107/g
const FREE_PORT = 'ws://127.0.0.1:0'
const REAL_ADDRESS = /wss?:\/\/127\.0\.0\.1:\d+/

/** Where a file of a document says to listen on the port that documents name. */
const LISTENS = /("listen": \["wss?:\/\/127\.0\.0\.1:|\.listen\()1107/

/** Code that is written to a file, and then has to be run. */
const CODE = new Set(['js', 'ts'])
/** Files that other files read. */
const SAVED = new Set([...CODE, 'proto'])
/** Files of other programs: test/proxy.test.ts does what that of nginx says, and nothing runs that of Caddy. */
const OTHERS = new Set(['nginx', 'caddyfile'])
const CONFIG_FILE = 'trustp2p.config.json'
/** Code of the library's first version, for readers to recognise: nothing here could run it. */
const OLD_VERSION = '2018'

interface WrittenFile {
  readonly block: Block
  readonly path: string
  /** Its text, with any free port in place of the one that it names. */
  readonly text: string
  ran: boolean
}

/**
 * Does what a reader of a document does, in order: runs the commands, saves the files, compares the outputs. A block
 * \`\`\`text <command>\`\`\` shows what that command has written since; such a command runs until the document ends.
 */
export class Walk {
  readonly #stage: Stage
  readonly #blocks: readonly Block[]
  readonly #background = new Map<string, RunningCommand>()
  readonly #shown = new Map<string, number>()
  readonly #written: WrittenFile[] = []
  readonly #lines: string[] = []
  #cwd: string
  #address = ADDRESS
  #last: RunningCommand | undefined

  constructor(stage: Stage, blocks: readonly Block[]) {
    this.#stage = stage
    this.#blocks = blocks
    this.#cwd = stage.root
  }

  async run(): Promise<void> {
    for (const [index, block] of this.#blocks.entries()) {
      try {
        await this.#runBlock(block, this.#blocks[index + 1])
      } catch (cause) {
        const text = cause instanceof Error ? cause.message : String(cause)
        throw new Error(`${block.document}:${block.line}: ${text}`, { cause })
      }
    }
    // What came last goes first: a client ends by itself once its server has, and Ctrl-C then meets a process that exits.
    for (const command of [...this.#background.values()].reverse()) await this.#end(command)
  }

  /** Files that were saved, and then neither loaded by a node nor run. */
  get unused(): string[] {
    return this.#written
      .filter((written) => !this.#isUsed(written))
      .map(({ block, path }) => `${block.document}:${block.line}: ${path}`)
  }

  async dispose(): Promise<void> {
    for (const command of this.#background.values()) await command.dispose()
  }

  #isUsed({ path, ran }: WrittenFile): boolean {
    if (path === CONFIG_FILE) return this.#lines.some((line) => line.startsWith('npx trustp2p-cli '))
    if (/\.test\.m?js$/.test(path)) return this.#lines.some((line) => line.startsWith('node --test'))
    const isImported = this.#written.some(({ block }) => block.text.includes(`/${basename(path, extname(path))}.`))
    return ran || isImported || this.#lines.some((line) => `${line} `.startsWith(`node ${path} `))
  }

  async #runBlock(block: Block, next: Block | undefined): Promise<void> {
    const { language, title, text } = block
    if (language === 'sh' && title === '') return this.#runLines(text, expectedFailure(next))
    if (language === 'text' && title === '') return this.#compareLast(text)
    if (language === 'text') return this.#compareRunning(title, text)
    if (SAVED.has(language) && extname(title) !== '') return this.#save(block)
    if (language === 'json' && title === CONFIG_FILE) return this.#save(block)
    if (OTHERS.has(language)) return
    if (language === 'ini' && extname(title) === '.service') return assertUnit(this.#stage, title, text)
    if (language === 'js' && title === OLD_VERSION) return assertParses(text)
    throw new Error(`nothing runs a block "${language} ${title}"`)
  }

  async #runLines(text: string, mayFail: boolean): Promise<void> {
    const lines = text
      .trim()
      .split('\n')
      .flatMap((line) => line.split(' && '))
    for (const [index, line] of lines.entries()) await this.#runLine(line, mayFail && index === lines.length - 1)
  }

  async #runLine(line: string, mayFail: boolean): Promise<void> {
    this.#lines.push(line)
    const [, folder] = /^cd (\S+)$/.exec(line) ?? []
    if (folder !== undefined) this.#cwd = join(this.#cwd, folder)
    else if (this.#blocks.some(({ language, title }) => language === 'text' && title === line)) await this.#begin(line)
    else await this.#followed(() => this.#finish(line, mayFail))
  }

  async #begin(line: string): Promise<void> {
    // The second program to run in a folder is a client of the first.
    const isSecond = [...this.#background.values()].some(({ cwd }) => cwd === this.#cwd)
    const connect = isSecond ? { TRUSTP2P_CONNECT: this.#address } : {}
    const listens = line.includes('--connect') || this.#written.some(({ block }) => LISTENS.test(block.text))
    const environment = { ...this.#stage.environment, ...(!listens && { TRUSTP2P_LISTEN: FREE_PORT }), ...connect }
    const command = new RunningCommand(`exec ${line.replaceAll(ANY_ADDRESS, this.#address)}`, {
      cwd: this.#cwd,
      environment
    })
    this.#background.set(line, command)
    const [address] = await command.waitFor(REAL_ADDRESS)
    this.#address = address
    for (const text of linkedTexts(this.#cwd).values()) this.#markRun(this.#cwd, text)
  }

  async #finish(line: string, mayFail: boolean): Promise<void> {
    const connect = this.#background.size > 0 ? { TRUSTP2P_CONNECT: this.#address } : {}
    const environment = { ...this.#stage.environment, ...connect }
    const command = new RunningCommand(line.replaceAll(ANY_ADDRESS, this.#address), { cwd: this.#cwd, environment })
    this.#last = command
    const code = await command.ended()
    if (code !== (mayFail ? 1 : 0)) throw new Error(`"${line}" ended with ${String(code)}:\n${command.output}`)
  }

  async #end(command: RunningCommand): Promise<void> {
    const code = await command.interrupt()
    if (code !== 0) throw new Error(`"${command.line}" ended with ${String(code)}:\n${command.output}`)
  }

  #compareLast(text: string): void {
    const output = (this.#last?.output ?? '').replaceAll(this.#address, this.#address.replace(/\d+$/, '1107'))
    if (!new RegExp(`^${patternOf(text, '\n')}\n$`).test(output)) throw new Error(`the output is another:\n${output}`)
  }

  async #compareRunning(line: string, text: string): Promise<void> {
    const command = this.#background.get(line)
    if (command === undefined) throw new Error(`"${line}" does not run`)
    const start = this.#shown.get(line) ?? 0
    const pattern = patternOf(text.replaceAll(ANY_ADDRESS, this.#address), '\n(?:.*\n)*?')
    const match = await command.waitFor(new RegExp(`^${pattern}$`, 'm'), start)
    this.#shown.set(line, start + match.index + match[0].length)
  }

  #save(block: Block): Promise<void> {
    const file = join(this.#cwd, block.title)
    const text = block.text.replace(LISTENS, '$10')
    this.#written.push({ block, path: block.title, text, ran: false })
    return this.#followed(() => {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    })
  }

  /** Does something and waits until the running nodes have told of each thread that it changed. */
  async #followed(act: () => Promise<void> | void): Promise<void> {
    const watched = [...this.#background.values()].map((command) => {
      return { command, start: command.output.length, before: linkedTexts(command.cwd) }
    })
    await act()
    for (const { command, start, before } of watched) {
      const after = linkedTexts(command.cwd)
      for (const name of new Set([...before.keys(), ...after.keys()])) {
        if (before.get(name) === after.get(name)) continue
        await command.waitFor(new RegExp(`^thread ${name} .*\n`, 'm'), start)
        this.#markRun(command.cwd, after.get(name))
      }
    }
  }

  #markRun(cwd: string, text: string | undefined): void {
    for (const written of this.#written) {
      if (written.text === text && relative(cwd, join(this.#cwd, written.path)) === written.path) written.ran = true
    }
  }
}

function assertParses(text: string): void {
  const { diagnostics = [] } = ts.transpileModule(text, { fileName: 'old.js', reportDiagnostics: true })
  for (const { messageText } of diagnostics) throw new Error(ts.flattenDiagnosticMessageText(messageText, ' '))
}

/** A block that shows an error after a block of commands: the last of them is to fail. */
function expectedFailure(next: Block | undefined): boolean {
  return next?.language === 'text' && next.title === '' && next.text.startsWith('error: ')
}

/** A pattern for a text whose `…` stands for any part of a line or, alone on a line, for any lines. */
function patternOf(text: string, between: string): string {
  const lines = text.trimEnd().split('\n')
  const patterns = lines.map((line) => (line === '…' ? '(?:.*\n)*?.*' : escape(line).replaceAll('…', '.*')))
  return patterns.join(between)
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

/** What the entries of threads-enabled/ lead to, by thread name. */
function linkedTexts(cwd: string): Map<string, string> {
  const folder = join(cwd, 'threads-enabled')
  return new Map(
    readdirSync(folder).map((entry) => [basename(entry, extname(entry)), readFileSync(join(folder, entry), 'utf8')])
  )
}
