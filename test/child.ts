import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { FROM_SOURCE } from './from-source'
import { disposeLater } from './project'

const ROOT = join(__dirname, '..')

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts a script of test/fixtures in a process of its own, from source; it is ended after the test. */
export function startFixture(
  name: string,
  values: readonly string[] = [],
  flags: readonly string[] = []
): ChildProcessByStdio<Writable, Readable, Readable> {
  const child = spawn(process.execPath, [...flags, ...FROM_SOURCE, join(__dirname, 'fixtures', name), ...values], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'pipe']
  })
  const ended = new Promise((resolve) => child.on('close', resolve))
  disposeLater(() => {
    child.kill('SIGKILL')
    return ended
  })
  return child
}

/** Runs a script of test/fixtures to its end. */
export function runFixture(
  name: string,
  values: readonly string[] = [],
  flags: readonly string[] = []
): Promise<Finished> {
  const child = startFixture(name, values, flags)
  child.stdin.end()
  const text = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...text }))
  })
}
