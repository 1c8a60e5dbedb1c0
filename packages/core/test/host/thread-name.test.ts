import { moduleEnding, namesThread, parseEntryName, threadName } from '../../src/host/thread-name'

it.each([
  ['chat.js', 'chat'],
  ['chat.cjs', 'chat'],
  ['chat.mjs', 'chat'],
  ['chat.ts', 'chat'],
  ['chat.cts', 'chat'],
  ['chat.mts', 'chat'],
  ['chat', 'chat'],
  ['chat.v2.js', 'chat.v2'],
  ['chat.v2', 'chat.v2'],
  ['peer-exchange@1.ts', 'peer-exchange@1'],
  ['CThreadHeartbeat.js', 'heartbeat'],
  ['ThreadHeartbeat.ts', 'heartbeat'],
  ['CThreadPeerExchange', 'peerExchange'],
  ['Threading.js', 'Threading'],
  ['CThread.js', 'CThread'],
  ['Thread.js', 'Thread']
])('T2 the entry %s is the thread %s', (fileName, name) => {
  expect(parseEntryName(fileName)).toMatchObject({ name, valid: true })
  expect(threadName(fileName)).toBe(name)
})

it.each([
  '.chat.ts',
  '.chat.ts.swp',
  '.chat.ts.swx',
  '.#chat.ts',
  '#chat.ts#',
  'chat.ts~',
  'chat.ts.bak',
  'chat.bak',
  'chat.js.orig',
  'chat.ts.tmp',
  'chat.js.swp',
  'chat.d.ts',
  'chat.contract.ts',
  'chat.d.mts',
  'chat.d.cts',
  'chat.js.map',
  'chat.ts.map',
  'README.md',
  'readme.txt',
  'package.json',
  'tsconfig.json',
  '_chat.js',
  '~chat.js',
  '4913',
  '1chat',
  'my chat',
  ''
])('T2 passes over %j in silence', (fileName) => {
  expect(parseEntryName(fileName)).toBeUndefined()
})

it.each(['1chat.js', 'my chat.ts', 'chat+.mjs', 'chät.js', '-chat.js', '@chat.js'])(
  'T2 takes %j for a module with a bad name',
  (fileName) => {
    expect(parseEntryName(fileName)?.valid).toBe(false)
  }
)

it('takes only the six endings for modules, with a name before them', () => {
  expect(['a.js', 'a.cjs', 'a.mjs', 'a.ts', 'a.cts', 'a.mts'].map(moduleEnding)).toEqual([
    '.js',
    '.cjs',
    '.mjs',
    '.ts',
    '.cts',
    '.mts'
  ])
  expect(['a.jsx', 'a.tsx', 'a.JS', 'a.json', 'a', '.js', 'a.d.ts'].map(moduleEnding)).toEqual(Array(7).fill(undefined))
})

it('takes names that nothing passes over', () => {
  expect(['chat', 'chat.v2', 'a', 'CThreadX', 'chat.ts'].every(namesThread)).toBe(true)
  expect(['', '.', '..', '../chat', 'a/b', 'a b', 'chat.bak', 'chat~', '__proto__'].some(namesThread)).toBe(false)
})
