import { posix, relative, resolve, sep } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
const SOURCE = 'packages/core/src'

/**
 * Rooms of the core. A path ends with `/` for a folder with all that is in it; the longest that fits decides. An
 * import points to a room of the same or of a lower rank. What is not for browsers alone may use Node.
 */
const ROOMS = [
  {
    rank: 0,
    browser: true,
    paths: [
      'errors.ts',
      'kit.ts',
      'plain-context.ts',
      'emitter.ts',
      'deadline.ts',
      'nearest-name.ts',
      'printable.ts',
      'rate-window.ts',
      'rate-gate.ts',
      'rate-table.ts',
      'turn-queue.ts',
      'network-of.ts',
      'ip-networks.ts',
      'host-scope.ts'
    ]
  },
  { rank: 1, browser: true, paths: ['wire/'] },
  { rank: 2, browser: true, paths: ['contract/'], packages: ['protobufjs'] },
  { rank: 2, browser: true, paths: ['identity/'] },
  { rank: 2, browser: true, paths: ['driver/'] },
  { rank: 2, browser: true, paths: ['explain/'] },
  { rank: 2, browser: true, paths: ['store.ts', 'node-store.ts'] },
  { rank: 2, browser: true, paths: ['peers/'] },
  { rank: 3, browser: true, paths: ['deliver/'] },
  { rank: 4, browser: true, paths: ['thread/'] },
  { rank: 5, browser: true, paths: ['config/'] },
  { rank: 5, browser: true, paths: ['config/zod.ts'], packages: ['zod/mini'] },
  {
    rank: 6,
    browser: true,
    paths: [
      'node.ts',
      'node-announcer.ts',
      'node-drivers.ts',
      'node-events.ts',
      'node-memory.ts',
      'inbound-door.ts',
      'inbound-gate.ts',
      'node-options.ts',
      'node-status.ts',
      'outbound-desk.ts',
      'platform-node.ts',
      'suspension.ts',
      'thread-view.ts'
    ]
  },
  { rank: 7, browser: true, paths: ['browser.ts'] },
  { rank: 7, browser: false, paths: ['driver/proxy/', 'driver/net/', 'driver/tls/'] },
  { rank: 8, browser: false, paths: ['host/', 'driver/ws/', 'driver/stream/'] },
  { rank: 9, browser: false, paths: ['create.ts'] },
  { rank: 10, browser: false, paths: ['index.ts'] },
  // The program of a worker: what it loads is a library of its own.
  { rank: 11, browser: false, paths: ['host/thread-worker.ts', 'host/worker/thread-api.ts'] }
]

/** What the package's own name means. */
const OWN_NAME = 'trustp2p'
const ENTRY = 'index.ts'

/** The shape of the configuration: every room may read it, as a type alone. */
const CONFIG_TYPES = 'config/config.ts'

/** What runs in browsers, as patterns of eslint: all but the rooms of Node. */
export const BROWSER_FILES = {
  files: [`${SOURCE}/**/*.ts`],
  ignores: ROOMS.filter(({ browser }) => !browser)
    .flatMap(({ paths }) => paths)
    .map((path) => `${SOURCE}/${path}${path.endsWith('/') ? '**' : ''}`)
}

/** Reports an import that points upward, out of the sources, or from a browser room to a package that needs Node. */
export const importRule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      homeless: '{{file}} belongs to no room: add it to ROOMS in scripts/lint/rooms.mjs.',
      upward: '{{target}} lies higher than {{file}}: an import points only downward.',
      outside: '{{target}} lies outside of src.',
      packaged: 'A browser room does not import {{target}}: what differs by platform comes with the kit.',
      computed: 'A browser room names what it imports, or no bundler finds it.'
    }
  },
  create(context) {
    const file = posix.relative(SOURCE, relative(ROOT, context.filename).split(sep).join('/'))
    const room = roomOf(file)
    if (room === undefined) {
      return { Program: (node) => context.report({ node, messageId: 'homeless', data: { file } }) }
    }
    const check = (node, source, typeOnly) => {
      const problem = findProblem(file, room, literalText(source), typeOnly)
      if (problem !== undefined) context.report({ node, messageId: problem.id, data: { file, ...problem } })
    }
    return {
      ImportDeclaration: (node) => check(node, node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => node.source !== null && check(node, node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, node.source, false),
      TSImportType: (node) => check(node, node.source, true),
      TSExternalModuleReference: (node) => check(node, node.expression, false),
      'CallExpression[callee.name="require"]': (node) => check(node, node.arguments[0], false)
    }
  }
}

function roomOf(file) {
  const fits = (path) => (path.endsWith('/') ? file.startsWith(path) : file === path)
  const length = ({ paths }) => Math.max(...paths.filter(fits).map((path) => path.length))
  return ROOMS.filter(({ paths }) => paths.some(fits)).sort((one, other) => length(other) - length(one))[0]
}

function literalText(node) {
  return typeof node?.value === 'string' ? node.value : undefined
}

function findProblem(file, room, specifier, typeOnly) {
  if (specifier === undefined) return room.browser ? { id: 'computed' } : undefined
  const isRelative = /^\.\.?(\/|$)/.test(specifier)
  if (!isRelative && specifier !== OWN_NAME) return findPackageProblem(room, specifier)
  const target = isRelative ? targetOf(file, specifier) : ENTRY
  if (target.startsWith('..')) return { id: 'outside', target: specifier }
  if (typeOnly && target === CONFIG_TYPES) return undefined
  const rank = roomOf(target)?.rank ?? 0
  return rank > room.rank ? { id: 'upward', target } : undefined
}

function findPackageProblem({ browser, packages = [] }, specifier) {
  return browser && !packages.includes(specifier) ? { id: 'packaged', target: specifier } : undefined
}

/** The file that a relative specifier means; a folder that is a room keeps its slash. */
function targetOf(file, specifier) {
  const path = posix.join(posix.dirname(file), specifier).replace(/(\.[cm]?[jt]s|\/)$/, '')
  if (path === '.') return ENTRY
  return ROOMS.some(({ paths }) => paths.some((room) => room.startsWith(`${path}/`))) ? `${path}/` : `${path}.ts`
}
