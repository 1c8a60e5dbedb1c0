import { createNode } from 'trustp2p'
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

it.each(['echo', 'CThreadEcho.js'])('T6 enable and disable take %s for the thread', async (text) => {
  const project = createProject()
  project.write('threads-available/CThreadEcho.js', ECHO)
  const node = await closing(createNode({ cwd: project.cwd, log: { level: 'silent' } }))
  await node.threads.enable(text)
  expect(node.threads.list()).toMatchObject([{ name: 'echo', state: 'running' }])
  await node.threads.disable(text)
  expect(node.threads.list()).toEqual([])
})
