import type { BigIntStats } from 'node:fs'
import { dirname, join, parse, sep } from 'node:path'
import { lstat, readlink, type Steps } from './file-steps'

/** A path, followed link by link. */
export interface Walk {
  /** What was asked for. */
  readonly path: string
  /** Where it ends; where nothing is there, the path at which it breaks off. */
  readonly realPath: string
  /** Undefined where nothing is there. */
  readonly stats: BigIntStats | undefined
  /** Every folder in which a part of the path was looked up: who may write there decides where the path leads. */
  readonly folders: readonly Place[]
}

export interface Place {
  readonly path: string
  readonly stats: BigIntStats
  /** What was looked up in it. */
  readonly child: BigIntStats
}

/** Looks that one piece of work already took. It lives as long as that work: a later look may see something else. */
export type Looks = Map<string, BigIntStats | undefined>

/** As many as Linux follows. */
const MOST_LINKS = 40

/**
 * Follows an absolute path as the system does, and notes the folders on the way, those that lie behind links
 * included. A circle of links leads nowhere.
 */
export function* walkPath(path: string, looks: Looks = new Map()): Steps<Walk> {
  const { root } = parse(path)
  const folders: Place[] = []
  let current: Step = { path: root, stats: yield* look(root, looks) }
  let rest = partsOf(path)
  let links = 0
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    const next: Step = yield* enter(current, part, looks)
    if (current.stats === undefined || next.stats === undefined) return broken(path, next.path, folders)
    folders.push({ path: current.path, stats: current.stats, child: next.stats })
    if (next.stats.isSymbolicLink()) {
      if (++links > MOST_LINKS) return broken(path, next.path, folders)
      const text = yield* readlink(next.path)
      rest = [...partsOf(text), ...rest]
      if (parse(text).root !== '') current = { path: parse(text).root, stats: yield* look(parse(text).root, looks) }
    } else {
      if (rest.length > 0 && !next.stats.isDirectory()) return broken(path, next.path, folders)
      current = next
    }
  }
  return { path, realPath: current.path, stats: current.stats, folders }
}

interface Step {
  readonly path: string
  readonly stats: BigIntStats | undefined
}

/** `..` leads up from where the links have led, not from how the path is spelled. */
function* enter(folder: Step, part: string, looks: Looks): Steps<Step> {
  const path = part === '..' ? dirname(folder.path) : join(folder.path, part)
  return { path, stats: yield* look(path, looks) }
}

function* look(path: string, looks: Looks): Steps<BigIntStats | undefined> {
  if (looks.has(path)) return looks.get(path)
  const stats = yield* lstat(path)
  looks.set(path, stats)
  return stats
}

function partsOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep)
    .filter((part) => part !== '' && part !== '.')
}

function broken(path: string, realPath: string, folders: readonly Place[]): Walk {
  return { path, realPath, stats: undefined, folders }
}
