import { relative } from 'node:path'
import type { P2pError, P2pNode } from 'trustp2p'
import { createClient, createServer, errorCode, resolveConfig } from 'trustp2p'
import { commandName } from '../command-name'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { listenForInterrupts } from '../interrupts'
import { showWhile } from '../progress'
import { configFileOf, DEFAULT_CONTROL, flagsOf, settingSources } from '../settings'
import type { SettingOptions } from '../settings'
import { shellWord } from '../shell-quotes'
import { JsonScreen } from '../start/json-screen'
import { showEvents } from '../start/screen'
import type { Screen } from '../start/screen'
import { suggest } from '../start/suggestions'
import type { Suggestion } from '../start/suggestions'
import { TextScreen } from '../start/text-screen'
import type { Terminal } from '../terminal'
import { TerminalLog } from '../terminal-log'
import { availableThreads } from '../thread-folder'

/** Longest time between two wakings of a process that has nothing else to wait for, in ms. */
const KEEP_ALIVE_MS = 2 ** 31 - 1

/** Runs a node until it is told to stop. The first press lets running handlers finish, the next one ends at once. */
export async function start(options: SettingOptions, terminal: Terminal): Promise<ExitStatus> {
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
    await run({ options, terminal, screen, signal: stopping.signal })
    return ExitStatus.DONE
  } finally {
    clearInterval(keepAlive)
  }
}

interface StartedRun {
  readonly options: SettingOptions
  readonly terminal: Terminal
  readonly screen: Screen
  /** Ends it. */
  readonly signal: AbortSignal
}

async function run({ options, terminal, screen, signal }: StartedRun): Promise<void> {
  try {
    const node = await showWhile(terminal.progress, 'starting the node', createFrom(options, terminal, signal))
    const critical = criticalFailure(node)
    screen.started(node, options.json ? [] : await suggestions(node, options))
    const hideEvents = showEvents(node, screen)
    const failure = await Promise.race([aborted(signal), critical])
    hideEvents()
    await node.close()
    if (failure !== undefined) throw failure
  } catch (error) {
    if (!signal.aborted || errorCode(error) !== 'ERR_TRUSTP2P_NODE_CLOSED') throw error
  }
  screen.stopped()
}

async function createFrom(options: SettingOptions, { err }: Terminal, signal: AbortSignal): Promise<P2pNode> {
  const sources = await settingSources(options)
  const { log } = resolveConfig(sources)
  const configFile = configFileOf(options)
  const create = sources.role === 'client' ? createClient : createServer
  return create({
    cwd: folderOf(options),
    signal,
    flags: flagsOf(options),
    defaultControl: DEFAULT_CONTROL,
    ...(configFile !== undefined && { configFile }),
    ...(!options.json && { logger: new TerminalLog(err, log.level) })
  })
}

async function suggestions(node: P2pNode, options: SettingOptions): Promise<Suggestion[]> {
  const cwd = folderOf(options)
  const path = relative(process.cwd(), cwd)
  const inFolder = path === '' ? '' : ` --cwd ${shellWord(path)}`
  const { allowedFolders } = node.config
  // A folder that cannot be read is the node's to report.
  const available = await availableThreads({ cwd, allowedFolders }).catch(() => [])
  return suggest(node, { command: commandName(), inFolder, available })
}

/** Settles when a thread without which the node is not to run was given up: the node closes then. */
function criticalFailure(node: P2pNode): Promise<P2pError> {
  return new Promise((resolve) => node.on('critical', resolve))
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
