import { LONGEST_TIMER_MS } from '../kit'
import type { Isolation, Quota, RestartPolicy } from '../thread/manifest-types'
import type { ThreadConfig, WorkerConfig } from './config'
import type { ShapeOf } from './schema-parts'
import { AN_OBJECT, described, GIBIBYTE, MILLION, number, oneOf, text, wholeNumber } from './schema-parts'
import * as z from './zod'

const RESTART = "When it is started again after a failure. What is not set here is as the thread's manifest says."

export const restartSchema = z.strictObject(
  {
    firstMs: described(wholeNumber(0, LONGEST_TIMER_MS, 'ms'), {
      description: 'Wait before the first restart, in ms.'
    }),
    factor: described(number(1, 100), { description: 'What each wait is multiplied by to give the next.' }),
    longestMs: described(wholeNumber(0, LONGEST_TIMER_MS, 'ms'), { description: 'Longest wait, in ms.' }),
    jitter: described(number(0, 1), {
      description: 'Part of a wait that is random: 0.2 gives 80 % to 120 % of it.',
      off: '0'
    }),
    most: described(wholeNumber(0, 1_000, 'restarts'), {
      description: 'Most restarts within `withinMs`; past them the thread is quarantined.',
      off: '0'
    }),
    withinMs: described(wholeNumber(1, LONGEST_TIMER_MS, 'ms'), {
      description: 'The time that restarts are counted in, in ms. Who ran for so long begins with the first wait.'
    })
  } satisfies ShapeOf<RestartPolicy>,
  AN_OBJECT
)

const restartSettingsSchema = z.strictObject(
  {
    firstMs: z.exactOptional(restartSchema.shape.firstMs),
    factor: z.exactOptional(restartSchema.shape.factor),
    longestMs: z.exactOptional(restartSchema.shape.longestMs),
    jitter: z.exactOptional(restartSchema.shape.jitter),
    most: z.exactOptional(restartSchema.shape.most),
    withinMs: z.exactOptional(restartSchema.shape.withinMs)
  } satisfies ShapeOf<Partial<RestartPolicy>>,
  AN_OBJECT
)

/** The range is that of manifests, and 0. */
export const quotaSchema = z.strictObject(
  {
    perSecond: described(number(0, MILLION), {
      description: 'The rate that is kept up, in messages per second; 0 for none of it: the event has no quota.',
      off: '0'
    }),
    burst: described(z.exactOptional(number(1, MILLION)), {
      description: 'How many may come at once; what a second allows, 1 at least, where it is absent.'
    }),
    bytesPerSecond: described(z.exactOptional(wholeNumber(1, GIBIBYTE, 'bytes')), {
      description: 'How long their bodies may be together, in bytes per second; a longer one is never taken.'
    })
  } satisfies ShapeOf<Quota>,
  AN_OBJECT
)

export const workerSchema = z.strictObject(
  {
    heapMb: described(wholeNumber(16, 65_536, 'MiB'), {
      description: 'Largest heap of the worker, in MiB; buffers of bytes do not count.'
    }),
    hangMs: described(wholeNumber(0, LONGEST_TIMER_MS, 'ms'), {
      description: 'How long the worker may stand still before it is ended, in ms. 0: for ever.',
      off: '0'
    }),
    queue: described(wholeNumber(1, MILLION, 'messages'), {
      description: 'Most messages and calls that one side has sent and the other has not taken.'
    }),
    queueBytes: described(wholeNumber(1024, GIBIBYTE, 'bytes'), { description: 'Most bytes of their bodies.' })
  } satisfies ShapeOf<WorkerConfig>,
  AN_OBJECT
)

const workerSettingsSchema = z.strictObject(
  {
    heapMb: z.exactOptional(workerSchema.shape.heapMb),
    hangMs: z.exactOptional(workerSchema.shape.hangMs),
    queue: z.exactOptional(workerSchema.shape.queue),
    queueBytes: z.exactOptional(workerSchema.shape.queueBytes)
  } satisfies ShapeOf<Partial<WorkerConfig>>,
  AN_OBJECT
)

const WORKER = 'What it may take where it runs in a worker.'

const isolationSchema: z.ZodMiniType<Isolation> = oneOf(['inline', 'worker'])

export const threadSchema = z.strictObject(
  {
    config: described(z.unknown(), { description: 'What the thread gets as `this.config`.' }),
    startTimeoutMs: described(wholeNumber(1, LONGEST_TIMER_MS, 'ms'), {
      description: 'Longest time to load and start, in ms, each.'
    }),
    stopTimeoutMs: described(wholeNumber(1, LONGEST_TIMER_MS, 'ms'), { description: 'Longest time to stop, in ms.' }),
    drainTimeoutMs: described(wholeNumber(0, LONGEST_TIMER_MS, 'ms'), {
      description: 'How long running handlers may finish when the thread is stopped, in ms.'
    }),
    handlerTimeoutMs: described(wholeNumber(0, LONGEST_TIMER_MS, 'ms'), {
      description: 'Longest time of one handler, in ms. 0: no limit.',
      off: '0'
    }),
    restart: described(restartSchema, { description: RESTART }),
    quotas: described(
      z.record(text(/^[^\0]*$/, 'an event, or the beginning of events with a "*" at its end'), quotaSchema, AN_OBJECT),
      {
        description:
          "How often one peer may send an event, by event; an event that stands here has nothing of the manifest's quotas."
      }
    ),
    isolation: described(isolationSchema, {
      description: 'Where its code runs. Where it is not set, as its manifest says.'
    }),
    worker: described(workerSchema, { description: WORKER })
  } satisfies ShapeOf<ThreadConfig>,
  AN_OBJECT
)

export const threadSettingsSchema = z.strictObject(
  {
    config: z.exactOptional(threadSchema.shape.config),
    startTimeoutMs: z.exactOptional(threadSchema.shape.startTimeoutMs),
    stopTimeoutMs: z.exactOptional(threadSchema.shape.stopTimeoutMs),
    drainTimeoutMs: z.exactOptional(threadSchema.shape.drainTimeoutMs),
    handlerTimeoutMs: z.exactOptional(threadSchema.shape.handlerTimeoutMs),
    restart: z.exactOptional(described(restartSettingsSchema, { description: RESTART })),
    quotas: z.exactOptional(threadSchema.shape.quotas),
    isolation: z.exactOptional(threadSchema.shape.isolation),
    worker: z.exactOptional(described(workerSettingsSchema, { description: WORKER }))
  } satisfies ShapeOf<Partial<ThreadConfig>>,
  AN_OBJECT
)
