import { quoted } from '../shell-quotes'
import { SHELLS } from './describe-program'
import type { CommandWords, WordKind } from './describe-program'
import { findPath, THREAD_FILES, valueCases } from './bourne-script'

/** Writes the script for zsh. */
export function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef trustp2p-cli
# Completion of trustp2p-cli for zsh. For this shell: source <(trustp2p-cli completion zsh)
# For all: trustp2p-cli completion zsh > a file _trustp2p-cli in a folder of $fpath, before compinit runs
_trustp2p_cli() {
  local typed='' word previous="\${words[CURRENT - 1]}"
  local -a entries
${findPath(commands, '"${(@)words[2,CURRENT-1]}"')}
  case "$typed $previous" in
${valueCases(commands, reply)}
  esac
  case "$typed" in
${commands.map(commandCase).join('\n')}
  esac
}
if [[ "\${funcstack[1]}" == _trustp2p_cli ]]; then _trustp2p_cli "$@"
else compdef _trustp2p_cli trustp2p-cli
fi
`
}

function commandCase({ path, commands, options, argument }: CommandWords): string {
  const flags = options.flatMap(({ flags: names, description }) => names.map((name) => entry(name, description)))
  const words = commands.map(({ name, description }) => entry(name, description))
  const others =
    words.length === 0 ? reply(argument ?? 'other') : `entries=(${words.join(' ')}); _describe command entries`
  return `    '${path}')
      if [[ "\${words[CURRENT]}" == -* ]]; then entries=(${flags.join(' ')}); _describe option entries
      else ${others}
      fi ;;`
}

/** A word with its description: a colon parts them. */
function entry(name: string, description: string): string {
  return quoted(`${name.replaceAll(':', '\\:')}:${description}`)
}

function reply(kind: WordKind): string {
  switch (kind) {
    case 'folder':
      return '_files -/'
    case 'file':
      return '_files'
    case 'node':
      return 'compadd -- ${(f)"$(ls .trustp2p 2>/dev/null)"}'
    case 'available':
      return 'compadd -- ${(f)"$(trustp2p-cli threads available 2>/dev/null | cut -d" " -f1)"}'
    case 'enabled':
      return `compadd -- \${(f)"$(${THREAD_FILES})"}`
    case 'shell':
      return `compadd -- ${SHELLS.join(' ')}`
    case 'other':
      return ':'
  }
}
