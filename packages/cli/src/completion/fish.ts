import { SHELLS } from './describe-program'
import type { CommandWords, OptionWords, WordKind } from './describe-program'

/** Writes the script for fish. */
export function fishScript(commands: readonly CommandWords[]): string {
  return `# Completion of trustp2p-cli for fish. For this shell: trustp2p-cli completion fish | source
# For all: trustp2p-cli completion fish > ~/.config/fish/completions/trustp2p-cli.fish
function __trustp2p_cli_path
  set -l path ''
  for word in (commandline -opc)[2..]
    switch (string trim -- "$path $word")
      case ${paths(commands)}
        set path (string trim -- "$path $word")
    end
  end
  echo $path
end
function __trustp2p_cli_at
  test (__trustp2p_cli_path) = "$argv"
end
complete -c trustp2p-cli -f
${commands.flatMap(commandLines).join('\n')}
`
}

function paths(commands: readonly CommandWords[]): string {
  return commands
    .map(({ path }) => path)
    .filter((path) => path !== '')
    .map(fishQuoted)
    .join(' ')
}

function commandLines({ path, commands, options, argument }: CommandWords): string[] {
  const start = `complete -c trustp2p-cli -n ${fishQuoted(`__trustp2p_cli_at ${path}`.trim())}`
  const words = argument === undefined ? '' : reply(argument)
  return [
    ...commands.map(({ name, description }) => `${start} -a ${fishQuoted(name)} -d ${fishQuoted(description)}`),
    ...(words === '' ? [] : [`${start} ${words}`]),
    ...options.map((option) => `${start} ${optionText(option)}`)
  ]
}

function optionText({ flags, description, value }: OptionWords): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  const taken = value === undefined ? [] : [value === 'file' ? '-r' : '-x', reply(value)].filter((word) => word !== '')
  return [...names, ...taken, '-d', fishQuoted(description)].join(' ')
}

function reply(kind: WordKind): string {
  switch (kind) {
    case 'folder':
      return `-a '(__fish_complete_directories)'`
    case 'file':
      return '-F'
    case 'node':
      return `-a '(ls .trustp2p 2>/dev/null)'`
    case 'available':
      return `-a '(trustp2p-cli threads available 2>/dev/null | string replace -r " .*" "")'`
    case 'enabled':
      return `-a '(ls threads-enabled 2>/dev/null | string replace -r "\\.[cm]?[jt]s\\$" "")'`
    case 'shell':
      return `-a '${SHELLS.join(' ')}'`
    case 'other':
      return ''
  }
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
