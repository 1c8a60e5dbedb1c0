import { nearestName } from '../src/nearest-name'

const NAMES = ['listen', 'connect', 'limits', 'log', 'ws', 'wss']

it.each([
  ['listen', 'listen'],
  ['Connect', 'connect'],
  ['conect', 'connect'],
  ['limit', 'limits'],
  ['lsiten', 'listen'],
  ['lgo', 'log'],
  ['ws', 'ws'],
  ['wsss', 'wss']
])('%s is most like %s', (name, nearest) => {
  expect(nearestName(name, NAMES)).toBe(nearest)
})

it.each(['', 'threads', 'abcdefghijklmnopqrstuvwxyz', 'xyzzy'])('%j is like none', (name) => {
  expect(nearestName(name, ['listen', 'connect', 'limits'])).toBeUndefined()
})

it('gives the first of two that are equally near', () => {
  expect(nearestName('cat', ['bat', 'car'])).toBe('bat')
})
