import { relative } from 'node:path'
import type { ConfigFlag, NodeRole, P2pNode } from 'trustp2p'
import { createClient, createServer, errorCode, resolveConfig } from 'trustp2p'
import { commandName } from '../command-name'
import type { CommonOptions } from '../common-options'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { listenForInterrupts } from '../interrupts'
import type { GivenSetting } from '../parse-arguments'
import { JsonScreen } from '../start/json-screen'
import { showEvents } from '../start/screen'
import type { Screen } from '../start/screen'
import { suggest } from '../start/suggestions'
import type { Suggestion } from '../start/suggestions'
import { TextScreen } from '../start/text-screen'
import type { Terminal } from '../terminal'
import { TerminalLog } from '../terminal-log'
import { availableThreads } from '../thread-folder'

export interface StartOptions extends CommonOptions {
  readonly listen?: readonly string[]
  readonly connect?: readonly string[]
  readonly name?: string
  readonly logLevel?: string
  readonly set?: readonly GivenSetting[]
}

/** Longest time between two wakings of a process that has nothing else to wait for, in ms. */
const KEEP_ALIVE_MS = 2 ** 31 - 1

/** Runs a node until it is told to stop. The first press lets running handlers finish, the next one ends at once. */
export async function start(options: StartOptions, terminal: Terminal): Promise<ExitStatus> {
  const stopping = new AbortController()
  const screen = options.json ? new JsonScreen(terminal.out) : new TextScreen({ ...terminal, cwd: folderOf(options) })
  const keepAlive = setInterval(() => undefined, KEEP_ALIVE_MS)
  listenForInterrupts({
    onFirst: () => {
      screen.stopping()
      stopping.abort()
    },
    onAgain: () => process.exit(ExitStatus.INTERRUPTED)
  })
  try {
    await run(options, terminal, screen, stopping.signal)
    return ExitStatus.DONE
  } finally {
    clearInterval(keepAlive)
  }
}

async function run(options: StartOptions, terminal: Terminal, screen: Screen, signal: AbortSignal): Promise<void> {
  try {
    const node = await createFrom(options, terminal, signal)
    screen.started(node, options.json ? [] : await suggestions(node, options))
    const hideEvents = showEvents(node, screen)
    await aborted(signal)
    hideEvents()
    await node.close()
  } catch (error) {
    if (!signal.aborted || errorCode(error) !== 'ERR_TRUSTP2P_NODE_CLOSED') throw error
  }
  screen.stopped()
}

function createFrom(options: StartOptions, { err }: Terminal, signal: AbortSignal): Promise<P2pNode> {
  const role = roleOf(options)
  const flags = flagsOf(options)
  const { log } = resolveConfig({ role, environment: process.env, flags })
  const create = role === 'client' ? createClient : createServer
  return create({
    cwd: folderOf(options),
    signal,
    flags,
    ...(!options.json && { logger: new TerminalLog(err, log.level) })
  })
}

/** A node that is only told whom to dial listens nowhere. */
function roleOf({ listen, connect }: StartOptions): NodeRole {
  return connect !== undefined && listen === undefined ? 'client' : 'server'
}

function flagsOf({ listen, connect, name, logLevel, set = [] }: StartOptions): ConfigFlag[] {
  const named = [
    { flag: '--listen', path: 'listen', value: listen },
    { flag: '--connect', path: 'connect', value: connect },
    { flag: '--name', path: 'name', value: name },
    { flag: '--log-level', path: 'log.level', value: logLevel }
  ]
  const settings = set.map(({ path, text }) => ({ flag: '--set', path, value: text }))
  return [...named.filter(({ value }) => value !== undefined), ...settings]
}

async function suggestions(node: P2pNode, options: StartOptions): Promise<Suggestion[]> {
  const path = relative(process.cwd(), folderOf(options))
  const inFolder = path === '' ? '' : ` --cwd ${path}`
  // A folder that cannot be read is the node's to report.
  const available = await availableThreads(folderOf(options)).catch(() => [])
  return suggest(node, { command: commandName(), inFolder, available })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
