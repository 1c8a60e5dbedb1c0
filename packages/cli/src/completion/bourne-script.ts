import type { CommandWords, WordKind } from './describe-program'

/** Lists the names in threads-enabled/, for shells of Bourne's kind. */
export const THREAD_FILES = `ls threads-enabled 2>/dev/null | sed 's/\\.[cm]*[jt]s$//'`

/**
 * Finds, from the words before the cursor, the path of the command that is typed: for shells of Bourne's kind. Options
 * and what they take are no commands, and neither is the argument of one. The variable is not called `path`, which in
 * zsh is where commands are looked for.
 */
export function findPath(commands: readonly CommandWords[], words: string): string {
  const paths = commands.map(({ path }) => path).filter((path) => path !== '')
  return `  for word in ${words}; do
    case "\${typed:+$typed }$word" in
      ${paths.map((path) => `'${path}'`).join('|')}) typed="\${typed:+$typed }$word" ;;
    esac
  done`
}

/** The cases of an option whose value is typed; `reply` gives the code that offers what such a value can be. */
export function valueCases(commands: readonly CommandWords[], reply: (kind: WordKind) => string): string {
  const cases = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) =>
      value === undefined
        ? []
        : [`    ${flags.map((flag) => `'${path} ${flag}'`).join('|')}) ${reply(value)}; return ;;`]
    )
  )
  return cases.join('\n')
}
