import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { SIMULATION_ERRORS, SimulatedNode, Simulation } from '@trustp2p/testing'
import { readSimulationOptions } from '../../src/simulator/simulation-options'

const page = readFileSync(resolve(__dirname, '../../../../docs/reference/testing.md'), 'utf8')
const section = page.slice(page.indexOf('## createSimulation'), page.indexOf('## The rest'))
const [options = '', network = '', node = ''] = section.split('\n\n').filter((part) => part.startsWith('|'))

/** The code spans in the first cells of a table, without what stands behind a name. */
function namesIn(table: string): string[] {
  const cells = table.split('\n').flatMap((line) => (line.startsWith('| `') ? [line.split('|')[1] ?? ''] : []))
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name = '']) => name)).sort()
}

/** Members that are not for the page: what begins with one of these is internal, or a symbol of jest's realm. */
const INTERNAL = new Set(['constructor', 'undefined', 'machine', 'start', 'stop', 'pause', 'resume', 'crash'])

function membersOf(prototype: object, internal: ReadonlySet<string>): string[] {
  return Object.getOwnPropertyNames(prototype).filter((name) => !internal.has(name))
}

it('the page has every option, and no other', () => {
  const names = Object.keys(readSimulationOptions({ seed: 1 }))
  expect(namesIn(options)).toEqual(names.map((name) => (name === 'bytesPerSecond' ? 'bandwidth' : name)).sort())
})

it('the page has every member of a network, and no other', () => {
  const own = membersOf(Simulation.prototype, new Set(['constructor', 'undefined']))
  expect(namesIn(network)).toEqual([...own, 'seed', 'log', 'random'].sort())
})

it('the page has every member of a node, and no other', () => {
  const own = membersOf(SimulatedNode.prototype, INTERNAL)
  expect(namesIn(node)).toEqual([...own, 'name', 'address', 'host'].sort())
})

it('the page has every error with its meaning, and no other', () => {
  const rows = [...section.matchAll(/^\| `(ERR_SIMULATION_\w+)` +\| (.*?) +\|$/gm)].map(([, code, text]) => [
    code,
    text
  ])
  expect(rows).toEqual(Object.entries(SIMULATION_ERRORS))
})
