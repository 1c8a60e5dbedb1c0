import { P2pError, errorText } from '../../errors'
import { printable } from '../../printable'
import type { ProxyAddress } from '../proxy-address'

/** Whose connection failed, and where. */
export interface ProxyPlace {
  /** What was dialled. */
  readonly url: string
  readonly proxy: Pick<ProxyAddress, 'name'>
}

/** The proxy cannot be reached, or the connection to it broke. */
export function proxyFailed({ url, proxy: { name } }: ProxyPlace, cause: unknown): P2pError {
  const text = `cannot reach ${url}: its proxy ${name} failed: ${errorText(cause)}`
  return new P2pError('ERR_TRUSTP2P_DRIVER_PROXY_FAILED', text, { cause, details: { url, proxy: name } })
}

/** What answered is no such proxy. */
export function proxyUnfit({ url, proxy: { name } }: ProxyPlace, why: string): P2pError {
  const text = `cannot reach ${url}: what answers at ${name} is no such proxy: ${why}`
  return new P2pError('ERR_TRUSTP2P_DRIVER_PROXY_UNFIT', text, { details: { url, proxy: name } })
}

/** The proxy does not serve who proves nothing, or has proved something else. */
export function proxyLogin({ url, proxy: { name } }: ProxyPlace, why: string): P2pError {
  const text = `cannot reach ${url}: its proxy ${name} ${why}`
  return new P2pError('ERR_TRUSTP2P_DRIVER_PROXY_LOGIN', text, { details: { url, proxy: name } })
}

/** The proxy will not connect, or could not: `reply` is its own number for that. */
export function proxyRefused({ url, proxy: { name } }: ProxyPlace, reply: number, text: string): P2pError {
  const said = `${reply} ${printable(text)}`.trimEnd()
  const message = `its proxy ${name} did not connect to ${url}: ${said}`
  const details = { url, proxy: name, reply, text: printable(text) }
  return new P2pError('ERR_TRUSTP2P_DRIVER_PROXY_REFUSED', message, { details })
}
