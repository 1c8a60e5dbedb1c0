import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import type { EventMap, Handler } from '../../src/thread/thread'
import { PackageType } from '../../src/wire/package'

/** A class of a thread that answers one request. */
export function answering(event: string, handler: Handler): typeof Thread {
  return class extends Thread {
    override get eventMap(): EventMap {
      return { [PackageType.REQUEST]: { [event]: handler } }
    }
  } as unknown as typeof Thread
}

export interface Tracing {
  readonly manifest?: ThreadManifest
  start?(): unknown
  stop?(): unknown
}

/** A class of a thread that has hooks only and writes down when it starts and stops. */
export function tracing(trace: string[], name: string, { manifest = {}, start, stop }: Tracing = {}): typeof Thread {
  class Traced extends Thread {
    static override manifest: ThreadManifest = { ...manifest, handles: [] }

    override async start(): Promise<void> {
      trace.push(`start ${name}`)
      await start?.()
    }

    override async stop(): Promise<void> {
      trace.push(`stop ${name}`)
      await stop?.()
    }
  }
  return Traced as unknown as typeof Thread
}
