import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createProject, disposeAll } from './project'

const SCRIPT = join(__dirname, '..', '.ci', 'run')

afterEach(disposeAll)

interface Npm {
  /** What `npm run check` prints. */
  readonly output: string
  /** Exit codes. */
  readonly install?: number
  readonly check?: number
  /** Commands that the machine has, where it has but few. */
  readonly commands?: readonly string[]
}

/** Runs .ci/run in an empty project, with an npm that only prints: once on standard output, once on standard error. */
async function runCi({
  output,
  install = 0,
  check = 0,
  commands
}: Npm): Promise<{ code: number | null; lines: string[] }> {
  const project = createProject()
  mkdirSync(join(project.cwd, '.ci'))
  copyFileSync(SCRIPT, join(project.cwd, '.ci', 'run'))
  project.write('check.txt', output)
  const npm = project.write(
    'bin/npm',
    `#!/bin/sh
    [ -t 0 ] && exit 90
    case "$1" in
      ci) echo "installed in $PWD with CI=$CI"; exit ${install} ;;
      run) cat check.txt >&2; exit ${check} ;;
    esac`
  )
  const apt = project.write('bin/apt-get', '#!/bin/sh\necho "apt-get $*"\nexit 100')
  for (const file of [npm, apt]) chmodSync(file, 0o755)
  for (const name of commands ?? []) symlinkSync(which(name), join(project.cwd, 'bin', name))
  const others = commands === undefined ? [process.env['PATH']] : []
  const env = { ...process.env, PATH: [join(project.cwd, 'bin'), ...others].join(delimiter) }
  const child = spawn(which('bash'), [join(project.cwd, '.ci', 'run')], {
    cwd: '/',
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const [out, code] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((resolve) => child.on('close', resolve))
  ])
  return { code, lines: out.trimEnd().split('\n') }
}

function which(name: string): string {
  return execFileSync('which', [name], { encoding: 'utf8' }).trim()
}

describe('.ci/run', () => {
  it.each([
    ['Tests:       31 passed, 31 total\n', '31 passed, 0 failed'],
    ['Tests:       2 failed, 10 skipped, 1 todo, 128 passed, 141 total\n', '128 passed, 2 failed'],
    ['Tests:       3 failed, 3 total\n', '0 passed, 3 failed'],
    ['Tests:       0 total\n', '0 passed, 0 failed'],
    ['lint: 2 problems\n', '0 passed, 0 failed']
  ])('sums up %j', async (output, line) => {
    const { lines } = await runCi({ output })
    expect(lines.at(-1)).toBe(line)
  })

  it('takes the last summary of jest alone, and says its own line once', async () => {
    const output = [
      'Tests:       7 failed, 7 total',
      '    Tests:       8 passed, 8 total',
      'Test Suites: 1 failed, 9 passed, 10 total',
      'Tests:       1 failed, 5 passed, 6 total',
      'Snapshots:   4 passed, 4 total',
      'Tests: none of them is 3 passed, 3 total'
    ].join('\n')
    const { lines } = await runCi({ output })
    expect(lines.filter((line) => /^\d+ passed, \d+ failed$/.test(line))).toEqual(['5 passed, 1 failed'])
    expect(lines.at(-1)).toBe('5 passed, 1 failed')
  })

  it('ends with the exit code of the checks', async () => {
    await expect(runCi({ output: '', check: 3 })).resolves.toMatchObject({ code: 3 })
    await expect(runCi({ output: '', check: 0 })).resolves.toMatchObject({ code: 0 })
  })

  it('ends with the exit code of the installation, and checks nothing then', async () => {
    const { code, lines } = await runCi({ output: 'checked', install: 4 })
    expect([code, lines.includes('checked'), lines.at(-1)]).toEqual([4, false, '0 passed, 0 failed'])
  })

  it.each([
    ['is asked for where it is missing, and the checks run whatever becomes of it', [], ['apt-get update']],
    ['is left alone where it is there', ['openssl', 'zsh', 'fish'], []]
  ])('what the tests call %s', async (_name, more, asked) => {
    const commands = ['bash', 'sh', 'cat', 'dirname', 'mktemp', 'tee', 'grep', 'tail', 'sed', 'rm', ...more]
    const { code, lines } = await runCi({ output: 'Tests:       3 passed, 3 total\n', commands })
    expect(lines.filter((line) => line.startsWith('apt-get'))).toEqual(asked)
    expect([code, lines.at(-1)]).toEqual([0, '3 passed, 0 failed'])
  })

  it('installs in its own project, as CI', async () => {
    const { lines } = await runCi({ output: '' })
    expect(lines[0]).toMatch(/^installed in .*trustp2p-test-\w+ with CI=true$/)
  })
})
