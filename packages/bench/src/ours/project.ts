import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How a thread's file is written. */
export type ModuleStyle = 'commonjs' | 'esm'

/** The text of a thread that echoes one event. */
function echoThread(event: string, style: ModuleStyle): string {
  const [load, give] = STYLES[style]
  return `${load}

${give} class Echo extends Thread {
  get eventMap() {
    return { [PackageType.REQUEST]: { ${event}: this.onEcho } }
  }

  onEcho(socket, message) {
    return message.body
  }
}
`
}

const STYLES: Record<ModuleStyle, readonly [load: string, give: string]> = {
  commonjs: ["const { PackageType, Thread } = require('trustp2p')", 'module.exports ='],
  esm: ["import { PackageType, Thread } from 'trustp2p'", 'export default']
}

/** Makes an empty folder of the user's own. */
export function createTemporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'trustp2p-bench-'))
}

/** Makes the folders of a project, and gives the project's. */
export function createProject(folder: string): string {
  mkdirSync(join(folder, 'threads-available'))
  mkdirSync(join(folder, 'threads-enabled'))
  return folder
}

/** Makes a project with one linked thread, `echo`, and gives its folder. */
export function createEchoProject(folder: string): string {
  createProject(folder)
  addThread(folder, 'echo.js', echoThread('echo', 'commonjs'))
  return folder
}

/** What the thread of `createListenerProject` is told. */
export const HEARD_EVENT = 'heard'

/** Makes a project with one linked thread that hears a talk and does nothing, and gives its folder. */
export function createListenerProject(folder: string): string {
  createProject(folder)
  addThread(
    folder,
    'listener.js',
    `const { PackageType, Thread } = require('trustp2p')

module.exports = class Listener extends Thread {
  get eventMap() {
    return { [PackageType.TALK]: { ${HEARD_EVENT}: this.onHeard } }
  }

  onHeard() {}
}
`
  )
  return folder
}

/** Makes a project with several linked threads, each with an event of its own, and gives its folder. */
export function createStartProject(folder: string, threads: number, style: ModuleStyle): string {
  createProject(folder)
  for (let index = 1; index <= threads; index++) addThread(folder, `echo${index}.js`, echoThread(`echo${index}`, style))
  return folder
}

export function linkThread(folder: string, name: string): void {
  symlinkSync(join('..', 'threads-available', name), join(folder, 'threads-enabled', name))
}

function addThread(folder: string, fileName: string, text: string): void {
  writeFileSync(join(folder, 'threads-available', fileName), text)
  linkThread(folder, fileName)
}
