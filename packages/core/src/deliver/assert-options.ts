import type { P2pSocket } from '../driver/socket'
import { errorText } from '../errors'
import { PackageType } from '../wire/package'
import type { RequestOptions } from './options'

export function assertEvent(event: string): string {
  if (typeof event === 'string' && event !== '') return event
  throw new TypeError(`an event is a text that is not empty, not ${errorText(event)}`)
}

export function assertRequestType(type: PackageType): void {
  if (type === PackageType.REQUEST || type === PackageType.HEARTBEAT_PING) return
  throw new TypeError(`a request is of type REQUEST or HEARTBEAT_PING, not ${String(type)}`)
}

export function assertTalkType(type: PackageType): void {
  if (type === PackageType.TALK || type === PackageType.SYSTEM) return
  throw new TypeError(`a talk is of type TALK or SYSTEM, not ${String(type)}`)
}

export function assertTimeout(timeoutMs: number): void {
  if (Number.isFinite(timeoutMs) && timeoutMs >= 0) return
  throw new RangeError(`timeoutMs is a number of milliseconds from 0, not ${String(timeoutMs)}`)
}

export function assertReroute({ inbound }: P2pSocket, { reroute = false }: RequestOptions): void {
  if (reroute && inbound) throw new TypeError('reroute needs an outbound socket, not one of a peer that dialled us')
}
