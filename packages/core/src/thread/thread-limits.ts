import type { LimitsConfig } from '../config/config'
import { DEFAULT_BODY_DEPTH } from '../wire/protocol'

/** The limits of a node that its threads meet; they may change while it runs. */
export type ThreadLimits = Pick<LimitsConfig, 'bodyDepth' | 'threadStoreBytes'>

/** What holds where nobody says it. */
export const THREAD_LIMITS: ThreadLimits = { bodyDepth: DEFAULT_BODY_DEPTH, threadStoreBytes: Infinity }
