import type { CommandWords } from './describe-program'

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
