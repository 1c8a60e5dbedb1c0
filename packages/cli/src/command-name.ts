/** How the user can call this program again, for suggestions that can be pasted. */
export function commandName(
  script: string = process.argv[1] ?? '',
  environment: NodeJS.ProcessEnv = process.env
): string {
  const underNpm = environment['npm_command'] !== undefined
  return underNpm || script.endsWith('.ts') ? 'npx trustp2p-cli' : 'trustp2p-cli'
}
