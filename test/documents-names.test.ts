import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ERROR_CATALOGUE, explainConfig, P2pNode } from 'trustp2p'
import { FROM_SOURCE } from './from-source'
import Heartbeat from '../threads-available/heartbeat'
import Hub from '../threads-available/hub'
import PeerExchange from '../threads-available/peer-exchange'
import { listDocuments, readDocument, ROOT } from './documents/markdown'

const CLI = join(ROOT, 'packages/cli/src/main.ts')
const DOCUMENTS = listDocuments()
const KEYS = explainConfig({ role: 'server' }).map(({ path }) => path)
/** A section of the configuration in a code span, with what follows it. */
const KEY = /`((?:limits|request|redial|log|drivers)\.[\w.]+)(?![\w.(])/g

/** What a pattern's group finds, with where. */
function findIn(documents: readonly string[], pattern: RegExp): { name: string; place: string }[] {
  return documents.flatMap((document) =>
    [...readDocument(document).matchAll(pattern)].map(([, name = '']) => ({ name, place: `${document}: ${name}` }))
  )
}

/** The code spans of a text. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).sort()
}

function isKey(name: string): boolean {
  return KEYS.some((key) => `${key}.`.startsWith(`${name}.`))
}

describe('every document', () => {
  it('names keys of the configuration that are there', () => {
    const named = findIn(DOCUMENTS, KEY)
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter(({ name }) => !isKey(name)).map(({ place }) => place)).toEqual([])
  })

  it('names codes of errors that are there', () => {
    const named = findIn(DOCUMENTS, /\b(ERR_TRUSTP2P(?:_[A-Z0-9]+)+)(?![A-Z0-9_*])/g)
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter(({ name }) => !(name in ERROR_CATALOGUE)).map(({ place }) => place)).toEqual([])
  })

  it('names methods of a node that are there', () => {
    // The one that is left out shows methods of 2018, and is looked at in documents-reference.test.ts.
    const documents = DOCUMENTS.filter((document) => document !== 'docs/guides/moving-from-2018.md')
    const named = findIn(documents, /\b(?:server|client|node)\.(\w+)\(/g)
    const members = Object.getOwnPropertyNames(P2pNode.prototype)
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter(({ name }) => !members.includes(name)).map(({ place }) => place)).toEqual([])
  })
})

describe('README.md and CHANGELOG.md', () => {
  it('name every command', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...FROM_SOURCE, CLI, '--help'], { cwd: ROOT })
    const [, help = ''] = stdout.split('Commands:\n')
    const commands = [...help.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help')
    const [, readme = ''] = /the commands (`.*?);/.exec(readDocument('README.md')) ?? []
    const [, changelog = ''] = /The command line `trustp2p-cli`: (.*?)\./.exec(readDocument('CHANGELOG.md')) ?? []
    expect(namesIn(readme)).toEqual(commands.sort())
    expect(namesIn(changelog)).toEqual(commands.sort())
  })
})

describe('CONTRIBUTING.md', () => {
  const page = readDocument('CONTRIBUTING.md')

  it('has every script, and no other', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
    const named = [...page.matchAll(/^\| `npm (?:run )?([\w:]+)` /gm)].map(([, name]) => name)
    expect(named.sort()).toEqual(Object.keys(scripts).sort())
  })

  it('has every folder of packages and threads, and names none that is not there', () => {
    const named = [...page.matchAll(/^\| `([\w/-]+\/)` /gm)].map(([, folder = '']) => folder)
    expect(named.filter((folder) => !existsSync(join(ROOT, folder)))).toEqual([])
    const packages = readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}/`)
    expect(packages.filter((folder) => !named.includes(folder))).toEqual([])
  })

  it('has every room of the core at its rank', () => {
    const source = readFileSync(join(ROOT, 'scripts/lint/rooms.mjs'), 'utf8')
    const rooms = [...source.matchAll(/\{\s*rank: (\d+),\s*browser: (\w+),\s*paths: \[([^\]]*)\]/g)]
    const rows = [...page.matchAll(/^\| (\d+) +\|(.*)\|(.*)\|$/gm)]
    expect(rows.map(([, rank]) => rank)).toEqual(rooms.map(([, rank]) => rank))
    for (const [index, [, , browser, paths = '']] of rooms.entries()) {
      const [, , text = '', runs = ''] = rows[index] ?? []
      expect(runs.trim()).toBe(browser === 'true' ? 'yes' : 'no')
      const all = [...paths.matchAll(/'([^']+)'/g)].map(([, path = '']) => path)
      const named = [...text.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)
      if (text.includes('other')) expect(named.filter((path) => !all.includes(path))).toEqual([])
      else expect(all.filter((path) => !named.includes(path))).toEqual([])
    }
  })
})

describe('threads-available/README.md', () => {
  it.each([
    ['heartbeat', Heartbeat.manifest.config],
    ['hub', Hub.manifest.config],
    ['peer-exchange', PeerExchange.manifest.config]
  ])('has every setting of the %s, and no other', (name, { parse }) => {
    const [, section = ''] = readDocument('threads-available/README.md').split(`\n## ${name}\n`)
    const [own = ''] = section.split('\n## ')
    const rows = [...own.matchAll(/^\| `(\w+)` /gm)].map(([, key]) => key)
    expect(rows.sort()).toEqual(Object.keys(parse({})).sort())
  })
})
