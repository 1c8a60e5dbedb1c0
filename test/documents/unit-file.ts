import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Stage } from './stage'

const SECTIONS = new Set(['[Unit]', '[Service]', '[Install]'])
const SETTING = /^[A-Z]\w+=/
/** Worst rating that is let pass of 0 (all is taken back) to 100, as systemd-analyze gives them. */
const EXPOSURE = 20

/**
 * Checks a unit file of systemd: its lines, and where systemd-analyze is there also its keys, its values and how much
 * it lets the service do. The program that it starts is Node, wherever that lies here.
 */
export function assertUnit(stage: Stage, name: string, text: string): void {
  const wrong = text.split('\n').filter((line) => !/^(#|$)/.test(line) && !SECTIONS.has(line) && !SETTING.test(line))
  if (wrong.length > 0) throw new Error(`no lines of a unit: ${wrong.join(', ')}`)
  const path = join('units', name)
  stage.write(path, text.replace('/usr/bin/node', process.execPath))
  const file = join(stage.folder, path)
  analyze('verify', '--man=no', file)
  analyze('security', '--offline=true', `--threshold=${EXPOSURE}`, file)
}

function analyze(...args: readonly string[]): void {
  const { error, status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return
  if (status !== 0 || stderr !== '') throw new Error(`systemd-analyze ${args.join(' ')}:\n${stderr}${stdout}`)
}
