import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

/** A project of its own in a temporary folder. */
export class TemporaryProject {
  readonly cwd: string

  constructor() {
    // The real path, since that is what reports name.
    this.cwd = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'trustp2p-host-')))
    projects.push(this)
  }

  path(...parts: readonly string[]): string {
    return join(this.cwd, ...parts)
  }

  /** Writes in place. */
  write(path: string, text: string): string {
    const file = this.path(path)
    fs.mkdirSync(dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
    return file
  }

  /** Writes beside, then renames: how most editors save. */
  replace(path: string, text: string): void {
    fs.renameSync(this.write(`${path}.next~`, text), this.path(path))
  }

  /** `ln -s target threads-enabled/<entry>`; both are paths of the project. */
  link(entry: string, target: string): string {
    const link = this.path('threads-enabled', entry)
    fs.mkdirSync(dirname(link), { recursive: true })
    fs.symlinkSync(relative(dirname(link), this.path(target)), link)
    return link
  }

  /** Writes threads-available/<file> and links it. */
  thread(file: string, text: string): void {
    this.write(`threads-available/${file}`, text)
    this.link(file, `threads-available/${file}`)
  }

  remove(path: string): void {
    fs.rmSync(this.path(path), { recursive: true })
  }

  installPackage(name: string, files: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(files)) this.write(`node_modules/${name}/${file}`, text)
  }
}

const projects: TemporaryProject[] = []

/** Removes what the tests of a file made. */
export function removeProjects(): void {
  for (const { cwd } of projects.splice(0)) fs.rmSync(cwd, { recursive: true, force: true })
}
