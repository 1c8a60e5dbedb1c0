import type { Command } from 'commander'
import { bashScript } from '../completion/bash'
import { describeProgram } from '../completion/describe-program'
import type { CommandWords, Shell } from '../completion/describe-program'
import { fishScript } from '../completion/fish'
import { zshScript } from '../completion/zsh'
import { ExitStatus } from '../exit-status'
import type { Terminal } from '../terminal'

const SCRIPTS: Readonly<Record<Shell, (commands: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript
}

/** Prints the script by which a shell completes the words of this program. */
export function completion(shell: Shell, program: Command, { out }: Pick<Terminal, 'out'>): ExitStatus {
  out.line(SCRIPTS[shell](describeProgram(program)).trimEnd())
  return ExitStatus.DONE
}
