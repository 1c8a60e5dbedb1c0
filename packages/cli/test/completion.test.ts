import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cleanUp, runCommand, temporaryFolder } from './command'

jest.setTimeout(120_000)
afterEach(cleanUp)

/** Skipped where a person has not got that shell; CI has all of them. */
const withShell = (shell: string) =>
  process.env['CI'] !== undefined || spawnSync(shell, ['--version']).status === 0 ? it : it.skip

/** A project, and a folder for the path whose trustp2p-cli knows three threads. */
function project(): { cwd: string; env: NodeJS.ProcessEnv } {
  const cwd = temporaryFolder({ 'threads-enabled/beta.mjs': '', 'threads-enabled/gamma.ts': '' })
  mkdirSync(join(cwd, '.trustp2p/server'), { recursive: true })
  const bin = temporaryFolder()
  const answer = '#!/bin/sh\n[ "$*" = "threads available" ] && printf "alpha\\nbeta  enabled\\ngamma  enabled\\n"\n'
  writeFileSync(join(bin, 'trustp2p-cli'), answer, { mode: 0o755 })
  return { cwd, env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` } }
}

async function script(shell: string): Promise<string> {
  const { code, out, err } = await runCommand(['completion', shell], { cwd: temporaryFolder() })
  expect([code, err]).toEqual([0, ''])
  return out
}

/** What is typed, and what is offered for its last word. */
const OFFERS: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ['sta', ['start', 'status']],
  ['threads ', ['available', 'check', 'disable', 'enable', 'list', 'new', 'reload', 'reset', 'types']],
  ['threads en', ['enable']],
  ['threads enable ', ['alpha', 'beta', 'gamma']],
  ['threads disable --json b', ['beta']],
  ['watch --thread ', ['beta', 'gamma']],
  ['status --name ', ['server']],
  ['--cwd x config ex', ['explain']],
  ['start --lo', ['--log-level']],
  ['--c', ['--cwd']],
  ['threads --j', ['--json']],
  ['threads new --p', ['--proto']],
  ['completion ', ['bash', 'fish', 'zsh']]
]

describe('completion', () => {
  it('of bash offers commands, options, threads and nodes', async () => {
    const { cwd, env } = project()
    const text = await script('bash')
    for (const [typed, offered] of OFFERS) {
      const words = ['trustp2p-cli', ...typed.split(' ')].map((word) => `'${word}'`).join(' ')
      const asked = `${text}\nCOMP_WORDS=(${words}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _trustp2p_cli; printf '%s\\n' "\${COMPREPLY[@]}"`
      const { stdout } = await promisify(execFile)('bash', ['-c', asked], { cwd, env })
      expect([typed, stdout.trim().split('\n').sort()]).toEqual([typed, offered])
    }
  })

  withShell('zsh')('of zsh offers the same', async () => {
    const { cwd, env } = project()
    const text = await script('zsh')
    // Outside of its line editor zsh completes nothing: these stand for what shows the offers.
    const stubs = `compdef() {}; compadd() { shift; print -l -- "$@" }; _files() {}
      _describe() { print -l -- "\${(@)\${(P@)2}%%:*}" }`
    for (const [typed, offered] of OFFERS) {
      const words = ['trustp2p-cli', ...typed.split(' ')].map((word) => `'${word}'`).join(' ')
      const asked = `${stubs}\n${text}\nwords=(${words}); CURRENT=$#words; _trustp2p_cli`
      const { stdout } = await promisify(execFile)('zsh', ['-fc', asked], { cwd, env })
      const last = typed.split(' ').at(-1) ?? ''
      const found = stdout
        .trim()
        .split('\n')
        .filter((word) => word.startsWith(last))
      expect([typed, found.sort()]).toEqual([typed, offered])
    }
  })

  withShell('fish')('of fish offers the same', async () => {
    const { cwd, env } = project()
    const file = join(temporaryFolder(), 'completion.fish')
    writeFileSync(file, await script('fish'))
    for (const [typed, offered] of OFFERS) {
      const asked = `source ${file}; complete -C 'trustp2p-cli ${typed}'`
      const { stdout } = await promisify(execFile)('fish', ['--no-config', '-c', asked], { cwd, env })
      const found = stdout
        .trim()
        .split('\n')
        .map((line) => line.split('\t')[0] ?? '')
      expect([typed, found.sort()]).toEqual([typed, offered])
    }
  })

  it('of another shell is a wrong use', async () => {
    for (const args of [['completion'], ['completion', 'ksh']]) {
      const { code, out, err } = await runCommand(args, { cwd: temporaryFolder() })
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain('shell')
    }
  })
})
