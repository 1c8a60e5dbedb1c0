import { Command, CommanderError, Option } from 'commander'
import type { RequestCommandOptions } from './commands/request'
import type { ConfigOptions } from './commands/config'
import type { ExplainOptions } from './commands/explain'
import type { BanPeerOptions, ListPeersOptions } from './commands/peers'
import type { TalkCommandOptions } from './commands/talk'
import type { ListOptions } from './commands/threads'
import type { NewThreadOptions } from './commands/threads-new'
import type { WatchOptions } from './commands/watch'
import { SHELLS } from './completion/describe-program'
import type { Shell } from './completion/describe-program'
import type { CommonOptions, NodeOptions } from './common-options'
import { ExitStatus } from './exit-status'
import { libraryVersion } from './library-version'
import { loadCommand, loadErrorReport } from './load-command'
import {
  ASKED_TYPES,
  TOLD_TYPES,
  collectSetting,
  parseBody,
  parseBanTime,
  parseEvent,
  parsePeers,
  parseReason,
  parseRecords,
  parseRole,
  parseShell,
  parseText,
  parseTimeout,
  typeParser
} from './parse-arguments'
import type { SettingOptions } from './settings'
import type { Terminal } from './terminal'

/** Runs one command and gives its exit status; never rejects. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  const run: Run = { terminal, status: ExitStatus.DONE, json: asksForJson(args) }
  const status = await runCommand(args, run)
  try {
    await terminal.out.written()
    return status
  } catch (error) {
    loadErrorReport().reportError(error, terminal.err, run.json)
    return status === ExitStatus.DONE ? ExitStatus.FAILED : status
  }
}

async function runCommand(args: readonly string[], run: Run): Promise<ExitStatus> {
  try {
    await createProgram(run).parseAsync(args, { from: 'user' })
    return run.status
  } catch (error) {
    if (error instanceof CommanderError) return parsingEnded(error, run)
    loadErrorReport().reportError(error, run.terminal.err, run.json)
    return ExitStatus.FAILED
  }
}

/** Looks at the words themselves: what cannot be parsed has no options. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? args.length : end).includes('--json')
}

/** Help and versions are asked for, the rest is a wrong use; people have been told of it by then. */
function parsingEnded({ code, exitCode, message }: CommanderError, { json, terminal }: Run): ExitStatus {
  if (exitCode === 0) return ExitStatus.DONE
  const text = code === 'commander.help' ? 'no command is given' : message.replace(/^error: /, '')
  if (json) loadErrorReport().reportUsage(text, terminal.err)
  return ExitStatus.USAGE
}

/** One run of the program: where it writes, and what is known of it so far. */
export interface Run {
  readonly terminal: Terminal
  /** Whether errors are told to a program. */
  readonly json: boolean
  status: ExitStatus
}

/** The definition of all commands. */
export function createProgram(run: Run): Command {
  const program = addGroup(new Command('trustp2p-cli'))
    .description('Start a node, switch its threads, ask a peer.')
    .version(libraryVersion(), '-v, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => run.terminal.out.line(text.trimEnd()),
      writeErr: (text) => {
        if (!run.json) run.terminal.err.line(text.trimEnd())
      }
    })
    .showHelpAfterError('(add --help for arguments and options)')
    .enablePositionalOptions()
  addInit(program, run)
  addStart(program, run)
  addStatus(program, run)
  addThreads(program, run)
  addWatch(program, run)
  addExplain(program, run)
  addPeers(program, run)
  addConfig(program, run)
  addId(program, run)
  addRequest(program, run)
  addTalk(program, run)
  addDoctor(program, run)
  addCompletion(program, run)
  return program
}

function addInit(program: Command, run: Run): void {
  addCommon(program.command('init'))
    .description('write a project with a thread to edit; what is there already is kept')
    .argument('[dir]', 'folder of the project, below --cwd', '.')
    .action(async (dir: string, options: CommonOptions) => {
      run.status = await loadCommand.init().init(dir, options, run.terminal)
    })
}

function addStart(program: Command, run: Run): void {
  addSettings(program.command('start'))
    .description('run a node until Ctrl-C, on ws://127.0.0.1:1107 unless told otherwise')
    .action(async (options: SettingOptions) => {
      run.status = await loadCommand.start().start(options, run.terminal)
    })
}

/** The options that a node is configured by. */
function addSettings(command: Command): Command {
  return addCommon(command)
    .option(
      '--config <file>',
      'configuration file, in place of trustp2p.config.json or trustp2p.config.yaml',
      parseText
    )
    .option('--listen <url...>', 'listen on these addresses')
    .option('--connect <url...>', 'dial these addresses, again and again; alone it makes a node that listens nowhere')
    .option('--name <name>', 'name of the node')
    .option('--log-level <level>', 'least severe lines of the log')
    .option(
      '--set <key=value>',
      'any key of the configuration, such as limits.frameBytes=4096; repeatable',
      collectSetting
    )
}

function addConfig(program: Command, run: Run): void {
  const config = addGroup(program.command('config')).description(
    'see how `start` with the same options would be configured'
  )
  const addOne = (name: string) =>
    addSettings(config.command(name)).option('--role <role>', 'server, client or node (default: as start)', parseRole)
  addOne('show')
    .description('print the effective configuration, as JSON')
    .action(async (options: ConfigOptions) => {
      run.status = await loadCommand.config().showConfig(options, run.terminal)
    })
  addOne('explain')
    .description('tell where each value comes from, and what it overrides')
    .argument('[key]', 'a key or a section, such as limits.frameBytes')
    .action(async (key: string | undefined, options: ConfigOptions) => {
      run.status = await loadCommand.config().explainKeys(key, options, run.terminal)
    })
  addOne('check')
    .description('tell everything that is wrong with the configuration')
    .action(async (options: ConfigOptions) => {
      run.status = await loadCommand.config().checkConfig(options, run.terminal)
    })
}

function addId(program: Command, run: Run): void {
  const id = addGroup(program.command('id')).description('see or change the key that a node proves itself with')
  const addOne = (name: string, isDefault = false) =>
    addCommon(id.command(name, { isDefault })).option('--name <name>', 'the node of that name (default: as start)')
  addOne('show', true)
    .description('print the peer id of a node, also without the word show; its key is made where there is none yet')
    .action(async (options: NodeOptions) => {
      run.status = await loadCommand.id().showId(options, run.terminal)
    })
  addOne('rotate')
    .description('give a node another key, with a statement that the old one has signed; print the new peer id')
    .action(async (options: NodeOptions) => {
      run.status = await loadCommand.id().rotateId(options, run.terminal)
    })
  addCommon(id.command('network-key'))
    .description('print a new key for a private network: see network.key of the configuration')
    .action((options: CommonOptions) => {
      run.status = loadCommand.id().newNetworkKey(options, run.terminal)
    })
}

function addStatus(program: Command, run: Run): void {
  addNode(program.command('status'))
    .description('print the state of a running node: addresses, threads, sockets, counters')
    .action(async (options: NodeOptions) => {
      run.status = await loadCommand.status().status(options, run.terminal)
    })
}

function addThreads(program: Command, run: Run): void {
  const threads = addGroup(program.command('threads')).description(
    'see and switch threads: in the node that runs in the folder, else by their files'
  )
  addNode(threads.command('list'))
    .description('the threads that are switched on')
    .option('--long', 'also each event that they handle, how long that takes, and how they started')
    .action(async (options: ListOptions) => {
      run.status = await loadCommand.threads().listThreads(options, run.terminal)
    })
  addCommon(threads.command('available'))
    .description('the threads that could be switched on')
    .action(async (options: CommonOptions) => {
      run.status = await loadCommand.threads().listAvailable(options, run.terminal)
    })
  const addSwitch = (name: 'enable' | 'disable' | 'reload' | 'reset', description: string) =>
    addNode(threads.command(name))
      .description(description)
      .argument('<name...>', 'names of threads')
      .action(async (names: string[], options: NodeOptions) => {
        run.status = await loadCommand.threads()[`${name}Threads`](names, options, run.terminal)
      })
  addSwitch('enable', 'switch threads on: link them from threads-enabled/')
  addSwitch('disable', 'switch threads off: remove their links; a real file is never deleted')
  addSwitch('reload', 'load threads anew in a running node, changed or not')
  addSwitch('reset', 'start threads again that failed too often, their failures forgotten')
  addCommon(threads.command('check'))
    .description('check links, manifest files, contracts, settings and who waits for whom, without running any thread')
    .action(async (options: CommonOptions) => {
      run.status = await loadCommand.threadsCheck().checkEnabled(options, run.terminal)
    })
  addCommon(threads.command('new'))
    .description('write a thread to threads-available/, with its test; what is there already is kept')
    .argument('<name>', 'name of the thread')
    .addOption(new Option('--ts', 'in TypeScript').conflicts('js'))
    .addOption(new Option('--js', 'in JavaScript (default)'))
    .option('--proto', 'with a .proto that says what its bodies are')
    .action(async (name: string, options: NewThreadOptions) => {
      run.status = await loadCommand.threadsNew().newThread(name, options, run.terminal)
    })
  addCommon(threads.command('types'))
    .description('write <name>.contract.ts beside each .proto of the project: the types of its bodies')
    .argument('[name]', 'the .proto of that name, or of that thread')
    .action(async (name: string | undefined, options: CommonOptions) => {
      run.status = await loadCommand.threadsTypes().writeThreadTypes(name, options, run.terminal)
    })
}

function addWatch(program: Command, run: Run): void {
  addNode(program.command('watch'))
    .description('print the frames of a running node as they come and leave, until Ctrl-C')
    .option('--thread <name>', 'those of the events that this thread handles', parseText)
    .option(
      '--socket <socket>',
      'those of the socket with this id, peer or URL, as `status --json` has them',
      parseText
    )
    .option('--event <event>', 'those of this event; with * at its end, of all events that begin so', parseText)
    .action(async (options: WatchOptions) => {
      run.status = await loadCommand.watch().watch(options, run.terminal)
    })
}

function addExplain(program: Command, run: Run): void {
  addNode(program.command('explain'))
    .description('tell what a running node refused, closed, dropped or failed, why, and what to do')
    .argument('[what]', 'a peer id, host, address, socket, event, tag or code (default: all of it)', parseText)
    .argument('[which]', 'after the word peer, socket or request: the one that is meant', parseText)
    .option('--limit <records>', 'at most so many, the newest (default: 20)', parseRecords)
    .action(async (what: string | undefined, which: string | undefined, options: ExplainOptions) => {
      const given = which === undefined ? options : { ...options, which }
      run.status = await loadCommand.explain().explain(what, given, run.terminal)
    })
}

const PEER = 'a peer id, or an IP address; an IPv6 one stands for its network of 64 bits'
const PEERS = 'peer ids, or IP addresses'

/** `ban` as it is given. */
interface GivenBan extends Omit<BanPeerOptions, 'ms'> {
  /** In ms once it is read. */
  readonly hours?: number
}

function addPeers(program: Command, run: Run): void {
  const peers = addGroup(program.command('peers')).description(
    'see, ban and forget the peers that a running node knows'
  )
  addNode(peers.command('list'))
    .description('the peers and hosts that it knows, those met last first')
    .option('--limit <peers>', 'at most so many (default: 400)', parsePeers)
    .action(async (options: ListPeersOptions) => {
      run.status = await loadCommand.peers().listPeers(options, run.terminal)
    })
  addNode(peers.command('show'))
    .description('all that it knows of one')
    .argument('<peer>', PEER, parseText)
    .action(async (peer: string, options: NodeOptions) => {
      run.status = await loadCommand.peers().showPeer(peer, options, run.terminal)
    })
  addNode(peers.command('ban'))
    .description('keep one out for a while, and close its sockets; a ban that is there is replaced')
    .argument('<peer>', PEER, parseText)
    .option('--hours <hours>', 'how long (default: limits.banMs)', parseBanTime)
    .option('--reason <text>', 'why, for those who look at it later', parseReason)
    .action(async (peer: string, { hours, ...options }: GivenBan) => {
      const ban = hours === undefined ? options : { ...options, ms: hours }
      run.status = await loadCommand.peers().banPeer(peer, ban, run.terminal)
    })
  addNode(peers.command('unban'))
    .description('end bans, and forgive what led to them')
    .argument('<peer...>', PEERS)
    .action(async (names: string[], options: NodeOptions) => {
      run.status = await loadCommand.peers().unbanPeers(names, options, run.terminal)
    })
  addNode(peers.command('forget'))
    .description('forget all that it knows of them, their bans included')
    .argument('<peer...>', PEERS)
    .action(async (names: string[], options: NodeOptions) => {
      run.status = await loadCommand.peers().forgetPeers(names, options, run.terminal)
    })
}

function addRequest(program: Command, run: Run): void {
  addMessage(program.command('request'))
    .description('ask a peer and print the body of its answer as JSON; bytes as base64')
    .option(
      '--type <type>',
      `one of ${Object.keys(ASKED_TYPES).join(', ')} (default: REQUEST)`,
      typeParser(ASKED_TYPES)
    )
    .option('--timeout <ms>', 'longest wait for the answer, 0 for ever (default: request.timeoutMs)', parseTimeout)
    .action(async (url: string, event: string, body: unknown, options: RequestCommandOptions) => {
      run.status = await loadCommand.request().request({ url, event, body }, options, run.terminal)
    })
}

function addTalk(program: Command, run: Run): void {
  addMessage(program.command('talk'))
    .description('tell a peer something that it does not answer')
    .option('--type <type>', `one of ${Object.keys(TOLD_TYPES).join(', ')} (default: TALK)`, typeParser(TOLD_TYPES))
    .action(async (url: string, event: string, body: unknown, options: TalkCommandOptions) => {
      run.status = await loadCommand.talk().talk({ url, event, body }, options, run.terminal)
    })
}

function addDoctor(program: Command, run: Run): void {
  addSettings(program.command('doctor'))
    .description('look at all that a node needs here, and tell what is wrong and what to do')
    .action(async (options: SettingOptions) => {
      run.status = await loadCommand.doctor().doctor(options, run.terminal)
    })
}

function addCompletion(program: Command, run: Run): void {
  addCommon(program.command('completion'))
    .description('print the script by which a shell completes the words of this program')
    .argument('<shell>', SHELLS.join(', '), parseShell)
    .action((shell: Shell) => {
      run.status = loadCommand.completion().completion(shell, program, run.terminal)
    })
}

function addMessage(command: Command): Command {
  return addCommon(command)
    .argument('<url>', 'address of the peer: ws://127.0.0.1:1107')
    .argument('<event>', 'name of the event', parseEvent)
    .argument('[json]', `the body, as JSON: '{"name":"you"}' (default: null)`, parseBody)
}

/** The options of what acts on a running node. */
function addNode(command: Command): Command {
  return addCommon(command).option('--name <name>', 'the node of that name; it has to run')
}

/** What holds commands takes the options of all of them, too, and hands them on. */
function addGroup(group: Command): Command {
  return addCommon(group).hook('preSubcommand', (_, command) => {
    for (const [name, value] of Object.entries(group.opts<Record<string, unknown>>())) {
      if (group.getOptionValueSource(name) === 'cli') command.setOptionValueWithSource(name, value, 'cli')
    }
  })
}

function addCommon(command: Command): Command {
  return command.option('--cwd <dir>', 'act in this folder', parseText, '.').option('--json', 'print JSON for programs')
}
