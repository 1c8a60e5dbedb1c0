import { createTestKit } from '@trustp2p/testing'
import type { ManualClock } from '@trustp2p/testing'
import { defaultConfig } from '../../src/config/defaults'
import type { LimitsConfig } from '../../src/config/config'
import type { Contract } from '../../src/contract/contract'
import { ContractTable } from '../../src/contract/contract-table'
import type { Admit } from '../../src/deliver/admission'
import { Deliver } from '../../src/deliver/deliver'
import type { CP2pMessage } from '../../src/deliver/message'
import type { DriverSocket, DriverSocketReceiver } from '../../src/driver/contract'
import type { P2pSocket } from '../../src/driver/socket'
import { P2pError } from '../../src/errors'
import { ExplainLog } from '../../src/explain/explain-log'
import { CP2pPackage, PackageType } from '../../src/wire/package'
import type { PackageFields } from '../../src/wire/package'

/** The other end of a link, played by the test: what it says is a list of frames, what it hears too. */
export class ScriptedPeer implements DriverSocket {
  readonly url: string
  readonly peer = '127.0.0.1:9'
  readonly host = '127.0.0.1'
  readonly heard: CP2pPackage[] = []
  bufferedAmount = 0
  /** What the next sends give. */
  room = true
  full = false
  closedWith: { code: number; reason: string } | undefined
  #receiver: DriverSocketReceiver | undefined

  constructor(url = 'memory://peer') {
    this.url = url
  }

  get receiver(): DriverSocketReceiver {
    if (this.#receiver === undefined) throw new Error('nobody listens to this socket')
    return this.#receiver
  }

  attach(receiver: DriverSocketReceiver): void {
    this.#receiver = receiver
  }

  send(bytes: Uint8Array): boolean {
    if (this.closedWith !== undefined) throw new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', 'closed')
    if (this.full) throw new P2pError('ERR_TRUSTP2P_LIMIT_SEND_QUEUE', 'full')
    this.heard.push(CP2pPackage.decode(bytes))
    return this.room
  }

  close(code: number, reason: string): void {
    this.closedWith ??= { code, reason }
  }

  terminate(): void {
    this.closedWith ??= { code: 1006, reason: '' }
  }

  /** What was heard since the last look, our greeting left out. */
  take(): CP2pPackage[] {
    return this.heard.splice(0).filter(({ event }) => event !== 'version')
  }

  say(fields: PackageFields): void {
    this.sayBytes(CP2pPackage.encode(fields))
  }

  sayBytes(bytes: Uint8Array): void {
    this.receiver.onFrame(bytes)
  }

  /** Greets as a node of this version does. */
  greet(body: unknown = { protocol_version: '1.0', alt: '1', encodings: [0, 1] }): void {
    this.say({ type: PackageType.TALK, event: 'version', body })
  }

  drop(code = 1006, reason = ''): void {
    this.receiver.onClose(code, reason)
  }
}

export interface Bench {
  readonly deliver: Deliver
  readonly clock: ManualClock
  readonly routed: CP2pMessage[]
  readonly errors: P2pError[]
  readonly warnings: P2pError[]
  readonly explain: ExplainLog
  readonly contracts: ContractTable
  readonly drained: P2pSocket[]
  readonly closed: { socket: P2pSocket; code: number; reason: string }[]
  /** A link to a new scripted peer, of an address of its own, open and greeted unless told otherwise. */
  link(options?: { greet?: boolean; inbound?: boolean; url?: string }): { peer: ScriptedPeer; socket: P2pSocket }
}

/** A Deliver whose peers are scripted. `route` stands for the threads. */
export function createBench(
  options: {
    limits?: Partial<LimitsConfig>
    timeoutMs?: number
    stalledMs?: number
    route?: (message: CP2pMessage) => boolean
    contracts?: readonly Contract[]
    admit?: Admit
  } = {}
): Bench {
  const kit = createTestKit()
  const defaults = defaultConfig('node')
  const routed: CP2pMessage[] = []
  const errors: P2pError[] = []
  const warnings: P2pError[] = []
  const contracts = new ContractTable(kit.crypto)
  contracts.set('the test', options.contracts ?? [])
  const drained: P2pSocket[] = []
  const closed: Bench['closed'] = []
  let links = 0
  const config = {
    limits: { ...defaults.limits, ...options.limits },
    request: {
      ...defaults.request,
      timeoutMs: options.timeoutMs ?? defaults.request.timeoutMs,
      stalledMs: options.stalledMs ?? defaults.request.stalledMs
    }
  }
  const explain = new ExplainLog(kit.clock, config, config.limits.explainRecords)
  const deliver = new Deliver({
    kit,
    config,
    explain,
    program: { name: 'test', version: '0' },
    admit: options.admit,
    router: {
      route(message) {
        routed.push(message)
        return options.route?.(message) ?? true
      }
    },
    events: {
      onOpen() {},
      onError: (error) => errors.push(error),
      onDrain: (socket) => drained.push(socket),
      onClose: (socket, code, reason) => closed.push({ socket, code, reason }),
      onWarning: (error) => warnings.push(error)
    },
    contracts
  })
  return {
    deliver,
    clock: kit.clock,
    routed,
    errors,
    warnings,
    explain,
    contracts,
    drained,
    closed,
    link({ greet = true, inbound = false, url = `memory://peer-${++links}` } = {}) {
      const peer = new ScriptedPeer(url)
      const socket = deliver.adopt(peer, inbound ? 'inbound' : 'outbound')
      if (greet) peer.greet()
      return { peer, socket }
    }
  }
}

/** The code that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof P2pError) return error.code
    throw error
  }
  throw new Error('it did not reject')
}

/** Matches an error of that code. */
export function coded(code: string): Error {
  return expect.objectContaining({ code }) as Error
}
