import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import * as browser from '../src/browser'
import * as trustp2p from '../src/index'

const SOURCE = join(__dirname, '../src')

/** What runs in Node alone: `rooms.mjs` says the same to lint. */
const OF_NODE = /^\.\/(host\/|driver\/(ws|stream|proxy)\/|create$)/

/** What a page needs of its own, and the kit that its package makes. */
const OF_BROWSERS = [
  ...['createWebSocketDriver', 'WebSocketDriverOptions', 'LONGEST_TIMER_MS'],
  ...['WebSocketClass', 'WebSocketEvent', 'WebSocketEventName', 'WebSocketLike']
]

/** Each name that a file exports from another, with that file. */
function exportsOf(file: string): Map<string, string> {
  const text = readFileSync(join(SOURCE, file), 'utf8')
  const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest)
  return new Map(statements.filter(ts.isExportDeclaration).flatMap(namesOf))
}

function namesOf({ exportClause, moduleSpecifier }: ts.ExportDeclaration): [string, string][] {
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) throw new Error('it exports all of a file')
  const from = moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : ''
  return exportClause.elements.map(({ name }) => [name.text, from])
}

describe('trustp2p for browsers', () => {
  it('exports what trustp2p does, but for what needs Node', () => {
    const here = [...exportsOf('index.ts')].filter(([, from]) => !OF_NODE.test(from)).map(([name]) => name)
    const there = [...exportsOf('browser.ts').keys()]
    expect(there.toSorted()).toEqual([...here, 'createNode', ...OF_BROWSERS].toSorted())
  })

  it('gives the very same values, but for createNode, which takes a kit there', () => {
    const others = Object.entries(browser).filter(([name]) => name !== 'createNode' && !OF_BROWSERS.includes(name))
    for (const [name, value] of others) expect([name, Reflect.get(trustp2p, name)]).toEqual([name, value])
    expect(others.length).toBeGreaterThan(20)
  })
})
