import { mkdtempSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { P2pNode } from 'trustp2p'

/** A project of its own in a temporary folder: threads are real files, switched on by real links. */
export class Project {
  readonly cwd = mkdtempSync(join(tmpdir(), 'trustp2p-test-'))

  /** Writes a file as an editor does that writes in place. */
  write(path: string, text: string): string {
    const file = join(this.cwd, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }

  /** Writes a file as an editor does that saves by rename. */
  replace(path: string, text: string): void {
    const temporary = this.write(`${path}.tmp~`, text)
    renameSync(temporary, join(this.cwd, path))
  }

  /** `ln -s`: makes threads-enabled/<entry> point at a path of the project. */
  link(entry: string, target: string): void {
    const link = join(this.cwd, 'threads-enabled', entry)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(relative(dirname(link), join(this.cwd, target)), link)
  }

  /** Points a link at another target in one step: `ln -sfn` through a rename. */
  retarget(entry: string, target: string): void {
    const temporary = `.${entry}.next`
    this.link(temporary, target)
    renameSync(join(this.cwd, 'threads-enabled', temporary), join(this.cwd, 'threads-enabled', entry))
  }

  /** `rm` of a path of the project. */
  remove(path: string): void {
    unlinkSync(join(this.cwd, path))
  }

  /** Writes a thread to threads-available/ and links it. */
  thread(file: string, text: string): void {
    this.write(`threads-available/${file}`, text)
    this.link(file, `threads-available/${file}`)
  }

  dispose(): void {
    rmSync(this.cwd, { recursive: true, force: true })
  }
}

const disposals: (() => unknown)[] = []

/** Undoes what a test made, the newest first. Call it in afterEach. */
export async function disposeAll(): Promise<void> {
  for (const dispose of disposals.splice(0).reverse()) await dispose()
}

/** Does that after the test. */
export function disposeLater(dispose: () => unknown): void {
  disposals.push(dispose)
}

export function createProject(): Project {
  const project = new Project()
  disposeLater(() => project.dispose())
  return project
}

/** Closes the node after the test. */
export async function closing(node: Promise<P2pNode>): Promise<P2pNode> {
  const created = await node
  disposeLater(() => created.close())
  return created
}

/** Settles when `node` tells of the event and `matches` says that it is the one. */
export function once(
  node: P2pNode,
  name: Parameters<P2pNode['on']>[0],
  matches: (...values: never[]) => boolean = () => true
): Promise<unknown[]> {
  return new Promise((resolve) => {
    const off = node.on(name, (...values: unknown[]) => {
      if (!matches(...(values as never[]))) return
      off()
      resolve(values)
    })
  })
}

/** Settles when `check` gives something else than false or undefined; looks again every few milliseconds. */
export async function until<T>(check: () => T | false | undefined, what: string): Promise<T> {
  const end = Date.now() + 20_000
  for (;;) {
    const found = check()
    if (found !== false && found !== undefined) return found
    if (Date.now() > end) throw new Error(`never came: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
