import { SHELLS } from './describe-program'
import type { CommandWords, WordKind } from './describe-program'
import { findPath, THREAD_FILES, valueCases } from './bourne-script'

/** Writes the script for bash. */
export function bashScript(commands: readonly CommandWords[]): string {
  return `# Completion of trustp2p-cli for bash. For this shell: source <(trustp2p-cli completion bash)
# For all: trustp2p-cli completion bash > ~/.local/share/bash-completion/completions/trustp2p-cli
_trustp2p_cli() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local typed='' word
  COMPREPLY=()
${findPath(commands, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"')}
  case "$typed $previous" in
${valueCases(commands, reply)}
  esac
  case "$typed" in
${commands.map(commandCase).join('\n')}
  esac
}
complete -F _trustp2p_cli trustp2p-cli
`
}

function commandCase({ path, commands, options, argument }: CommandWords): string {
  const flags = options.flatMap((option) => option.flags).join(' ')
  const words = commands.map(({ name }) => name).join(' ')
  return `    '${path}')
      if [[ $current == -* ]]; then COMPREPLY=($(compgen -W '${flags}' -- "$current"))
      else ${words === '' ? reply(argument ?? 'other') : `COMPREPLY=($(compgen -W '${words}' -- "$current"))`}
      fi ;;`
}

function reply(kind: WordKind): string {
  switch (kind) {
    case 'folder':
      return 'COMPREPLY=($(compgen -d -- "$current"))'
    case 'file':
      return 'COMPREPLY=($(compgen -f -- "$current"))'
    case 'node':
      return 'COMPREPLY=($(compgen -W "$(ls .trustp2p 2>/dev/null)" -- "$current"))'
    case 'available':
      return 'COMPREPLY=($(compgen -W "$(trustp2p-cli threads available 2>/dev/null | cut -d" " -f1)" -- "$current"))'
    case 'enabled':
      return `COMPREPLY=($(compgen -W "$(${THREAD_FILES})" -- "$current"))`
    case 'shell':
      return `COMPREPLY=($(compgen -W '${SHELLS.join(' ')}' -- "$current"))`
    case 'other':
      return ':'
  }
}
