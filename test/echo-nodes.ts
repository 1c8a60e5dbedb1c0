import { createNode } from 'trustp2p'
import type { CreateOptions, P2pNode } from 'trustp2p'
import { closing, createProject, disposeAll } from './project'
import type { Project } from './project'

/** Answers with what it was asked. */
export const ECHO = 'module.exports = class { get eventMap() { return { 30: { echo: (_socket, { body }) => body } } } }'

export interface EchoNodes {
  /** The project of the test that runs. */
  readonly project: Project
  /** Starts a node there; it is closed after the test. */
  start(name: string, options?: Partial<CreateOptions>): Promise<P2pNode>
}

/** Gives each test of the file a project of its own, whose nodes answer `echo`. */
export function useEchoNodes(): EchoNodes {
  let project: Project
  beforeEach(() => {
    project = createProject()
    project.thread('echo.js', ECHO)
  })
  afterEach(disposeAll)
  return {
    get project() {
      return project
    },
    start: (name, options = {}) => closing(createNode({ cwd: project.cwd, name, log: { level: 'silent' }, ...options }))
  }
}
