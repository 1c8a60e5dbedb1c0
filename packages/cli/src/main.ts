import { runCommandLine } from './command-line'
import { processTerminal } from './terminal'

/** How long what a thread left open may keep the process alive after its command is done, in ms. */
const LINGER_MS = 1000

async function main(): Promise<void> {
  process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal())
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

void main()
