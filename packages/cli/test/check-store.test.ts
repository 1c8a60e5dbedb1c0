import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveConfig } from 'trustp2p'
import { checkStore } from '../src/doctor/check-store'

type Patient = Parameters<typeof checkStore>[0]

const folder = mkdtempSync(join(tmpdir(), 'check-store-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function patient(store: boolean | string, reports: readonly object[] = []): Patient {
  return { config: resolveConfig({ role: 'server', code: { store } }), folder, reports } as unknown as Patient
}

it.each([
  [true, 'ok', 'what a node remembers is kept by @trustp2p/store'],
  ['shelf', 'ok', 'what a node remembers is kept by shelf'],
  [false, 'ok', 'what a node remembers is gone when it ends: store is false']
])('tells what store %j means', (store, level, text) => {
  expect(checkStore(patient(store))).toEqual([{ level, text }])
})

it('names each node that remembers in memory, though it has a store', () => {
  const reports = [
    { name: 'one', store: 'memory' },
    { name: 'other', store: '@trustp2p/store' }
  ]
  expect(checkStore(patient(true, reports))).toEqual([
    {
      level: 'warning',
      text: 'the node one remembers in memory alone',
      remedy: 'see why: trustp2p-cli explain start --name one'
    }
  ])
})
