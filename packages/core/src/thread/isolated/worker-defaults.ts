import type { WorkerConfig } from '../../config/config'

/** What a thread in a worker may take where the configuration says nothing else. */
export const WORKER_DEFAULTS: WorkerConfig = Object.freeze({
  heapMb: 256,
  hangMs: 10_000,
  queue: 10_000,
  queueBytes: 16 * 1024 * 1024
})
