import type * as z from './zod'
import type { NodeConfig } from './config'
import type { ConfigProblem } from './config-problem'
import { configError, showPath, showValue } from './config-problem'
import { ConfigTree } from './config-tree'
import type { GivenConfig } from './layers'
import { readLayers } from './layers'
import { nodeSchema } from './schema'
import { withoutSecrets } from './secrets'
import type { ReadSettings } from './setting'
import { unknownPath } from './setting'

/** Most problems that are told of at once. */
const MOST_PROBLEMS = 100

/**
 * Lays what was given over the defaults, layer by layer, and checks it after each one, so that a wrong value is told
 * of even where a later layer covers it. Throws ERR_TRUSTP2P_CONFIG_INVALID, which tells the problems of all layers, 100 at most.
 */
export function checkConfig(defaults: NodeConfig, given: GivenConfig): NodeConfig {
  let problems: FindProblem[] = []
  let good: Checked = { tree: ConfigTree.of(defaults), config: defaults }
  for (const layer of readLayers(given)) {
    const checked = checkLayer(good.tree, layer)
    if (Array.isArray(checked)) problems = problems.concat(checked)
    else good = checked
  }
  throwProblems(problems.length > 0 ? problems : relationProblems(good))
  return good.config
}

/** Tells of a problem; called only for those that are told of, since looking for the nearest name takes time. */
type FindProblem = () => ConfigProblem

/** A configuration that the schema accepts. */
interface Checked {
  readonly tree: ConfigTree
  readonly config: NodeConfig
}

function checkLayer(before: ConfigTree, { settings, problems }: ReadSettings): Checked | FindProblem[] {
  const tree = before.with(settings)
  const unread = [...problems, ...tree.problems].map((problem) => () => problem)
  const checked = tree.problems.length > 0 ? undefined : nodeSchema.safeParse(tree.value)
  if (checked?.success === true && unread.length === 0) return { tree, config: checked.data }
  return unread.concat(checked?.error?.issues.flatMap((issue) => issueProblems(issue, tree)) ?? [])
}

function throwProblems(problems: readonly FindProblem[]): void {
  const [first, ...others] = problems.slice(0, MOST_PROBLEMS).map((find) => find())
  if (first !== undefined) throw configError([first, ...others], problems.length)
}

function issueProblems(issue: z.core.$ZodIssue, tree: ConfigTree): FindProblem[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => () => unknownKey([...path, key], tree))
  }
  if (issue.code === 'invalid_key') {
    return [() => wrongName(path, issue.issues.map(({ message }) => message).join('; '), tree)]
  }
  return [() => wrongValue(path, issue.message, tree)]
}

function unknownKey(path: readonly string[], tree: ConfigTree): ConfigProblem {
  return unknownPath(path, tree.valueAt(path), tree.originOf(path))
}

function wrongName(path: readonly string[], expected: string, tree: ConfigTree): ConfigProblem {
  const origin = tree.originOf(path)
  const text = `${showValue(path.at(-1))} in ${showPath(path.slice(0, -1))} (from ${origin}) is not ${expected}`
  return { path: path.join('.'), value: tree.valueAt(path), origin, text }
}

function wrongValue(path: readonly string[], expected: string, tree: ConfigTree): ConfigProblem {
  const [value, origin] = [tree.valueAt(path), tree.originOf(path)]
  const name = path.length === 0 ? 'it' : showPath(path)
  return {
    path: path.join('.'),
    value,
    origin,
    text: `${name} is ${showValue(withoutSecrets(value, path))} (from ${origin}): expected ${expected}`
  }
}

interface Relation {
  readonly lower: readonly string[]
  readonly higher: readonly string[]
  /** What stands between the two keys in a sentence. */
  readonly rule: string
  readonly holds: (config: NodeConfig) => boolean
  readonly why: string
}

/** What must hold between keys. */
export const RELATIONS: readonly Relation[] = [
  {
    lower: ['auth'],
    higher: ['network', 'key'],
    rule: 'is not `off` with',
    holds: ({ auth, network }) => auth !== 'off' || network.key === '',
    why: 'who proves nothing cannot be kept out of a private network'
  },
  {
    lower: ['auth'],
    higher: ['network', 'keyFile'],
    rule: 'is not `off` with',
    holds: ({ auth, network }) => auth !== 'off' || network.keyFile === '',
    why: 'who proves nothing cannot be kept out of a private network'
  },
  {
    lower: ['network', 'key'],
    higher: ['network', 'keyFile'],
    rule: 'goes without',
    holds: ({ network }) => network.key === '' || network.keyFile === '',
    why: 'a node is of one private network'
  },
  {
    lower: ['limits', 'frameBytes'],
    higher: ['limits', 'sendQueueBytes'],
    rule: 'is at most',
    holds: ({ limits }) => limits.frameBytes <= limits.sendQueueBytes,
    why: 'the longest frame must fit into the queue'
  },
  {
    lower: ['limits', 'frameBytes'],
    higher: ['limits', 'runningBytes'],
    rule: 'is at most',
    holds: ({ limits }) => limits.frameBytes <= limits.runningBytes,
    why: 'a handler must be able to work on the longest frame'
  },
  {
    lower: ['limits', 'runningBytes'],
    higher: ['limits', 'nodeRunningBytes'],
    rule: 'is at most',
    holds: ({ limits }) => limits.runningBytes <= limits.nodeRunningBytes,
    why: 'one socket has no more than the node'
  },
  {
    lower: ['trustProxy'],
    higher: ['proxyProtocol'],
    rule: 'goes with',
    holds: ({ trustProxy, proxyProtocol }) => !proxyProtocol || trustProxy.length > 0,
    why: 'a header counts from proxies that are listed alone'
  },
  {
    lower: ['redial', 'firstMs'],
    higher: ['redial', 'longestMs'],
    rule: 'is at most',
    holds: ({ redial }) => redial.firstMs <= redial.longestMs,
    why: 'no wait is longer than the longest'
  },
  {
    lower: ['drivers', 'ws', 'tls', 'certFile'],
    higher: ['drivers', 'ws', 'tls', 'keyFile'],
    rule: 'goes with',
    holds: ({ drivers: { ws } }) => (ws.tls.certFile === '') === (ws.tls.keyFile === ''),
    why: 'a certificate is of no use without its key'
  },
  {
    lower: ['drivers', 'tls', 'certFile'],
    higher: ['drivers', 'tls', 'keyFile'],
    rule: 'goes with',
    holds: ({ drivers: { tls } }) => (tls.certFile === '') === (tls.keyFile === ''),
    why: 'a certificate is of no use without its key'
  }
]

function relationProblems({ config, tree }: Checked): FindProblem[] {
  const show = (path: readonly string[]) =>
    `${path.join('.')} is ${showValue(withoutSecrets(tree.valueAt(path), path))} (from ${tree.originOf(path)})`
  return RELATIONS.filter(({ holds }) => !holds(config)).map(({ lower, higher, why }) => () => ({
    path: higher.join('.'),
    value: tree.valueAt(higher),
    origin: tree.originOf(higher),
    text: `${show(lower)} and ${show(higher)}: ${why}`
  }))
}
