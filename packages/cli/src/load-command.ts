/* eslint-disable @typescript-eslint/no-require-imports --
   Each command is loaded when it is called, so that `--help` waits for none. A `require`, since `import()` of a
   TypeScript file without its ending fails where these sources are run as they are. */
import type * as Config from './commands/config'
import type * as Completion from './commands/completion'
import type * as Doctor from './commands/doctor'
import type * as Explain from './commands/explain'
import type * as Id from './commands/id'
import type * as Init from './commands/init'
import type * as Peers from './commands/peers'
import type * as Request from './commands/request'
import type * as Start from './commands/start'
import type * as ReportError from './report-error'
import type * as Status from './commands/status'
import type * as Talk from './commands/talk'
import type * as Threads from './commands/threads'
import type * as ThreadsCheck from './commands/threads-check'
import type * as ThreadsNew from './commands/threads-new'
import type * as ThreadsTypes from './commands/threads-types'
import type * as Watch from './commands/watch'

export const loadCommand = {
  config: () => require('./commands/config') as typeof Config,
  completion: () => require('./commands/completion') as typeof Completion,
  doctor: () => require('./commands/doctor') as typeof Doctor,
  explain: () => require('./commands/explain') as typeof Explain,
  id: () => require('./commands/id') as typeof Id,
  init: () => require('./commands/init') as typeof Init,
  peers: () => require('./commands/peers') as typeof Peers,
  request: () => require('./commands/request') as typeof Request,
  start: () => require('./commands/start') as typeof Start,
  status: () => require('./commands/status') as typeof Status,
  talk: () => require('./commands/talk') as typeof Talk,
  threads: () => require('./commands/threads') as typeof Threads,
  threadsCheck: () => require('./commands/threads-check') as typeof ThreadsCheck,
  threadsNew: () => require('./commands/threads-new') as typeof ThreadsNew,
  threadsTypes: () => require('./commands/threads-types') as typeof ThreadsTypes,
  watch: () => require('./commands/watch') as typeof Watch
} as const

export const loadErrorReport = () => require('./report-error') as typeof ReportError
