import type { Command, Option } from 'commander'

/** What a word stands for, and so where a shell finds it. */
export type WordKind = 'folder' | 'file' | 'node' | 'available' | 'enabled' | 'shell' | 'other'

export interface OptionWords {
  /** As it is typed: `--json`, `-h`. */
  readonly flags: readonly string[]
  readonly description: string
  /** What its value is; undefined where it takes none. */
  readonly value: WordKind | undefined
}

/** A command, and what may follow it. */
export interface CommandWords {
  /** The words that lead to it: empty for the program, `threads enable`. */
  readonly path: string
  readonly description: string
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly OptionWords[]
  readonly argument: WordKind | undefined
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

const OPTION_VALUES: Readonly<Record<string, WordKind | undefined>> = {
  '--cwd': 'folder',
  '--config': 'file',
  '--name': 'node',
  '--thread': 'enabled'
}

const ARGUMENTS: Readonly<Record<string, WordKind | undefined>> = {
  init: 'folder',
  completion: 'shell',
  'threads enable': 'available',
  'threads disable': 'enabled',
  'threads reload': 'enabled',
  'threads reset': 'enabled'
}

/** Gives the commands of a program, the program itself first. */
export function describeProgram(program: Command): CommandWords[] {
  return describe(program, '')
}

function describe(command: Command, path: string): CommandWords[] {
  const { commands } = command
  const own = {
    path,
    description: command.description(),
    commands: commands.map((one) => ({ name: one.name(), description: one.description() })),
    options: [...command.options.map(optionWords), HELP],
    argument: command.registeredArguments.length === 0 ? undefined : (ARGUMENTS[path] ?? 'other')
  }
  return [own, ...commands.flatMap((one) => describe(one, `${path} ${one.name()}`.trim()))]
}

const HELP: OptionWords = { flags: ['-h', '--help'], description: 'display help for command', value: undefined }

function optionWords({ short, long, description, required, optional }: Option): OptionWords {
  const flags = [short, long].filter((flag) => flag !== undefined)
  const takesValue = required || optional
  return { flags, description, value: takesValue ? (OPTION_VALUES[long ?? ''] ?? 'other') : undefined }
}
