import { createNode } from 'trustp2p'
import { ISOLATIONS, runningIn } from './pair'
import { closing, createProject, disposeAll } from './project'

const ECHO = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Echo extends Thread {
    get eventMap() {
      return { [PackageType.REQUEST]: { echo: (socket, message) => message.body } }
    }
  }
`

afterEach(disposeAll)

const CASES = ISOLATIONS.flatMap((isolation) => ['echo', 'CThreadEcho.js'].map((text) => [text, isolation] as const))

it.each(CASES)('T6 enable and disable take %s for the thread: %s', async (text, isolation) => {
  const project = createProject()
  project.write('threads-available/CThreadEcho.js', ECHO)
  const node = await closing(
    createNode({ cwd: project.cwd, log: { level: 'silent' }, threads: runningIn(isolation, ['echo']) })
  )
  await node.threads.enable(text)
  expect(node.threads.list()).toMatchObject([{ name: 'echo', state: 'running', isolation }])
  await node.threads.disable(text)
  expect(node.threads.list()).toEqual([])
})
