import { execFile } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createNode, createThreadList, explainConfig, P2pNode, PackageType, Thread, ThreadBootstrap } from 'trustp2p'
import { FROM_SOURCE } from './from-source'
import { defaultConfig, THREAD_DEFAULTS } from '../packages/core/src/config/defaults'
import { MOVES } from '../packages/core/src/thread/lifecycle'
import { readDocument, ROOT } from './documents/markdown'
import { disposeAll, disposeLater } from './project'

/** Lines of a page of about 60 lines at about 100 characters. */
const PAGE_CHARACTERS = 6000

const DECISIONS = readdirSync(join(ROOT, 'docs/decisions')).sort()

afterEach(disposeAll)

describe('a generated page', () => {
  it('is what scripts/generate-reference.js makes of the sources: run `npm run generate`', async () => {
    const script = join(ROOT, 'scripts/generate-reference.js')
    const { stdout } = await promisify(execFile)(process.execPath, [...FROM_SOURCE, script, '--print'], { cwd: ROOT })
    const pages = Object.entries(JSON.parse(stdout) as Record<string, string>)
    expect(pages.map(([path]) => path)).toEqual([
      'docs/reference/configuration.md',
      'docs/reference/errors.md',
      'docs/reference/limits.md',
      'docs/reference/security.md',
      'packages/core/trustp2p.config.schema.json'
    ])
    for (const [path, text] of pages) expect(readDocument(path)).toBe(text)
  })

  it('takes its limits from the constants of the code, exported or not; one that has gone ends the generation', async () => {
    const read = (...names: string[]) => {
      const program = `
        const { constantsOf } = require('./scripts/reference/constants')
        console.log(JSON.stringify(constantsOf('core/src/driver/close-frame.ts', ...${JSON.stringify(names)})))
      `
      return promisify(execFile)(process.execPath, [...FROM_SOURCE, '-e', program], { cwd: ROOT })
    }
    expect(JSON.parse((await read('REASON_BYTES', 'CLOSE_MS')).stdout)).toEqual({ REASON_BYTES: 123, CLOSE_MS: 2000 })
    await expect(read('NO_SUCH_LIMIT')).rejects.toThrow('close-frame.ts no longer gives NO_SUCH_LIMIT: mend its rows')
  })
})

describe('docs/reference/lifecycle.md', () => {
  const [, section = ''] = readDocument('docs/reference/lifecycle.md').split('\n## Threads\n')
  const cells = section.split('\n').flatMap((line) => [/^\| `(\w+)` +\| (?:`(\w+)`)?/.exec(line)?.slice(1) ?? []])

  it('has every state of a thread and every move, and no other', () => {
    const states = cells.filter(([state, to]) => state !== undefined && to === undefined).map(([state]) => state)
    const moves = cells.filter(([, to]) => to !== undefined).map(([from, to]) => `${from} > ${to}`)
    expect(states.sort()).toEqual(Object.keys(MOVES).sort())
    const legal = Object.entries(MOVES).flatMap(([from, to]) => to.map((each) => `${from} > ${each}`))
    expect(moves.sort()).toEqual(legal.sort())
  })
})

describe('docs/reference/node.md', () => {
  const page = readDocument('docs/reference/node.md')

  it('has every event of a node, and no other', async () => {
    const node = await createQuietNode()
    const text = messageOf(() => node.on('no event' as 'warning', () => undefined))
    expect(rowsOf(page, 'Events').sort()).toEqual(listAfter('use one of', text))
  })

  it('has every public method and property of a node, and no other', () => {
    const rows = rowsOf(page, 'Methods and properties').map((row) => row.replace(/\(.*$/, ''))
    // jest's own realm has no Symbol.asyncDispose: the method's name is 'undefined' there.
    const internal = ['constructor', 'start', 'undefined']
    const members = Object.getOwnPropertyNames(P2pNode.prototype).filter((name) => !internal.includes(name))
    expect([...rows, 'off'].sort()).toEqual([...members, 'contracts', 'threads'].sort())
  })
})

describe('docs/reference/security.md', () => {
  it('has every limit of the configuration with its default', () => {
    const section = readDocument('docs/reference/security.md').split('\n## ')
    const rows = section.flatMap((text) => [...text.matchAll(/^\| `(limits\.\w+)` +\| (\S+) +\|/gm)])
    const limits = explainConfig({ role: 'node' }).filter(({ path }) => path.startsWith('limits.'))
    const expected = limits.map(({ path, value }) => [path, Number(value).toLocaleString('en-US')])
    expect(expected.length).toBeGreaterThan(30)
    expect(rows.map(([, key, value]) => [key, value])).toEqual(expected)
  })
})

describe('docs/reference/wire.md', () => {
  it('has every code and reason with which the code closes a socket', () => {
    const page = readDocument('docs/reference/wire.md')
    const [, section = ''] = page.split('\n## Close codes\n')
    const rows = [...section.matchAll(/^\| (\d+) +\| `([^`]+)`/gm)].map(([, code, reason]) => `${code} ${reason}`)
    const closes = sourcesOf('packages/core/src', 'threads-available').flatMap((text) => [
      ...text.matchAll(/(?:close|punish|refuse)\((?:\w+, )?(1\d{3}), '([^']+)'|code: (1\d{3}), reason: '([^']+)'/g)
    ])
    const found = closes.map(
      ([, code, reason, otherCode, otherReason]) => `${code ?? otherCode} ${reason ?? otherReason}`
    )
    expect(found.length).toBeGreaterThan(15)
    expect(found.filter((close) => !rows.includes(close))).toEqual([])
  })
})

describe('docs/reference/limits.md', () => {
  it('has every number of the configuration', () => {
    const page = readDocument('docs/reference/limits.md')
    const config = { ...defaultConfig('node'), threads: { '<name>': THREAD_DEFAULTS } }
    const keys = numbersIn(config)
    expect(keys).toContain('threads.<name>.restart.most')
    expect(keys.filter((key) => page.split(`\n| \`${key}\` `).length !== 2)).toEqual([])
  })
})

describe('docs/reference/threads.md', () => {
  const page = readDocument('docs/reference/threads.md')

  it('has every key of a manifest, and no other', async () => {
    const node = await createQuietNode({
      wrong: class extends Thread {
        static override manifest = { wrong: [] } as object
      }
    })
    const [info] = node.threads.list()
    expect(info?.error?.code).toBe('ERR_TRUSTP2P_THREAD_MANIFEST_INVALID')
    expect(rowsOf(page, 'The manifest').sort()).toEqual(listAfter('it takes', info?.error?.message ?? ''))
  })

  it('has every way to switch a thread', () => {
    for (const name of ['enable', 'disable', 'reload'] as const) {
      expect(typeof ThreadBootstrap.prototype[name]).toBe('function')
      expect(page).toContain(`server.threads.${name}(name)`)
    }
  })
})

describe('docs/guides/moving-from-2018.md', () => {
  const page = readDocument('docs/guides/moving-from-2018.md')

  it('names methods and keys that are there', async () => {
    const members: string[] = []
    await createQuietNode({
      spy: class extends Thread {
        static override manifest = { handles: [] }
        override start() {
          members.push(...Object.keys(this.node))
        }
      }
    })
    expect(named(page, /this\.node\.(\w+)/g).filter((name) => !members.includes(name))).toEqual([])
    const keys = explainConfig({ role: 'server' }).map(({ path }) => path)
    expect(named(page, /`((?:limits|request)\.\w+)/g).filter((key) => !keys.includes(key))).toEqual([])
    expect(named(page, /PackageType\.(\w+)/g).filter((name) => !(name in PackageType))).toEqual([])
  })
})

describe('docs/decisions', () => {
  it('are numbered without a gap, and listed in docs/README.md under their titles', () => {
    const index = readDocument('docs/README.md')
    for (const [position, file] of DECISIONS.entries()) {
      expect(file.slice(0, 4)).toBe(String(position + 1).padStart(4, '0'))
      const [title = ''] = readDocument(`docs/decisions/${file}`).split('\n')
      expect(index).toContain(`- [${title.slice(2)}](decisions/${file})`)
      expect(title).toContain(`# ${file.slice(0, 4)} `)
    }
  })

  it.each(DECISIONS)('%s tells context, decision and consequences on one page', (file) => {
    const text = readDocument(`docs/decisions/${file}`)
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
      'Context',
      'Decision',
      'Consequences'
    ])
    expect(text.replaceAll(/ {2,}|-{4,}/g, ' ').length).toBeLessThan(PAGE_CHARACTERS)
  })

  it('0007 names every dependency, and no other', () => {
    const text = readDocument('docs/decisions/0007-dependencies.md')
    const [run = '', development = ''] = text.split('What only this repository needs')
    const used = ['core', 'cli', 'testing', 'store', 'browser', 'bench'].map((name) => `packages/${name}`)
    const names = [...used, 'threads-available'].flatMap((folder) => {
      const { dependencies = {}, peerDependencies = {} } = readManifest(folder)
      return Object.keys({ ...dependencies, ...peerDependencies })
    })
    expect(firstCells(run)).toEqual([...new Set(names)].sort())
    expect(firstCells(development)).toEqual(Object.keys(readManifest('.').devDependencies ?? {}).sort())
  })
})

describe('README.md', () => {
  it('names the test command that `npm run check`, and so CI, ends with', () => {
    const { scripts = {} } = readManifest('.')
    expect(readDocument('README.md')).toContain('npm ci && npm test')
    expect(scripts['check']).toMatch(/ && npm test$/)
    expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toContain('npm run check')
  })
})

async function createQuietNode(threads: Record<string, unknown> = {}): Promise<P2pNode> {
  const source = createThreadList(threads)
  const node = await createNode({ cwd: join(ROOT, 'docs'), source, log: { level: 'silent' } })
  disposeLater(() => node.close())
  return node
}

function messageOf(act: () => unknown): string {
  try {
    return String(act())
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The names that a message lists at its end, sorted. */
function listAfter(words: string, message: string): string[] {
  return (message.split(`${words} `)[1] ?? '').split(', ').sort()
}

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest
}

/** The code spans in the first cells of a section's tables. */
function rowsOf(page: string, heading: string): string[] {
  const [, section = ''] = new RegExp(`^## ${heading}\n([^]*?)(?=^## |$(?![^]))`, 'm').exec(page) ?? []
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('`')[1] ?? '')
}

/** What a pattern's group finds on a page, at least once. */
function named(page: string, pattern: RegExp): string[] {
  const names = [...page.matchAll(pattern)].map(([, name = '']) => name)
  expect(names).not.toEqual([])
  return names
}

function firstCells(text: string): string[] {
  const cells = text.split('\n').filter((line) => line.startsWith('| `'))
  return cells
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
    .sort()
}

/** The texts of all TypeScript files below folders of the repository, tests excepted. */
function sourcesOf(...folders: readonly string[]): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }).filter(
      ({ name, parentPath }) => name.endsWith('.ts') && !/node_modules|test/.test(parentPath.slice(ROOT.length))
    )
  )
  return files.map(({ name, parentPath }) => readFileSync(join(parentPath, name), 'utf8'))
}

/** Keys of all numbers in an object, levels parted by dots. */
function numbersIn(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (typeof inner === 'number') return [`${path}${key}`]
    return typeof inner === 'object' && inner !== null ? numbersIn(inner, `${path}${key}.`) : []
  })
}
