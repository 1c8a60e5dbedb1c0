import type { ProxyAddress } from '../proxy-address'
import type { ProxyPlace } from './proxy-errors'

/** The next step of a talk with a proxy. */
export interface ProxyStep {
  /** Said first [nothing]. */
  readonly say?: Uint8Array
  /** How many bytes of answer it goes on with: exactly those are read. */
  readonly read: number
}

/**
 * A talk with a proxy: yields what it says and how much it reads, is given that much, and returns once the way to the
 * peer is open. Throws ERR_TRUSTP2P_DRIVER_PROXY_UNFIT, _PROXY_LOGIN or _PROXY_REFUSED.
 */
export type ProxyDialogue = Generator<ProxyStep, void, Buffer>

/** Whom to ask for a connection, and to what. */
export interface ProxyQuestion extends ProxyPlace {
  readonly proxy: ProxyAddress
  /** Name or IP address, without brackets; a name is looked up by the proxy. */
  readonly host: string
  readonly port: number
}
