import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'trustp2p'
import { LISTEN } from './pair'
import { closing, createProject, disposeAll } from './project'

afterEach(disposeAll)

const FILE = 'threads-available/chat.js'

/** Writes down the worker that it is tried in, then fails there in a way of its own. */
const chat = (atLoad: string, inConstructor = '') => `
  const { appendFileSync } = require('node:fs')
  const { join } = require('node:path')
  const { isMainThread, threadId } = require('node:worker_threads')
  const { Thread } = require('trustp2p')
  if (!isMainThread) {
    appendFileSync(join(__dirname, 'trials'), threadId + ' ')
    ${atLoad}
  }
  module.exports = class Chat extends Thread {
    static manifest = { handles: [] }
    constructor(context) {
      super(context)
      if (!isMainThread) { ${inConstructor} }
    }
  }
`

/** The worker of each trial of the versions, in turn. */
async function trialsOf(versions: readonly string[]): Promise<number[]> {
  const project = createProject()
  project.thread('chat.js', chat(''))
  const node = await closing(createServer({ cwd: project.cwd, ...LISTEN }))
  for (const version of versions) {
    project.replace(FILE, version)
    await node.threads.reload('chat')
  }
  const written = readFileSync(join(project.cwd, 'threads-available/trials'), 'utf8')
  return written.trim().split(' ').map(Number)
}

describe('U4 versions are tried', () => {
  it('in one worker after the other, also where the code of one failed there', async () => {
    const fails = "throw new Error('there is no browser here')"
    const trials = await trialsOf([
      chat(fails),
      chat('', fails),
      chat('const timer = setTimeout(() => {}, 1e6)'),
      chat('')
    ])
    expect(trials).toHaveLength(4)
    expect(new Set(trials).size).toBe(1)
  })

  it('in a new worker after one that left something open', async () => {
    const [first, second] = await trialsOf([
      chat("require('node:net').createServer().listen(0, '127.0.0.1')"),
      chat('')
    ])
    expect(second).not.toBe(first)
  })
})
