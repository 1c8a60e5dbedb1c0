import { P2pError } from 'trustp2p'
import type { DialOptions, Driver, DriverListener, DriverSocket, ListenOptions, SocketLimits } from 'trustp2p'
import type { Machine } from './machine'
import type { Network } from './network'

export const SCHEME = 'sim'

/** Makes the driver of one machine: it listens on `sim://name`, and dials the same. */
export function createSimulatedDriver(machine: Machine, network: Network): Driver {
  return new SimulatedDriver(machine, network)
}

class SimulatedDriver implements Driver {
  readonly name = 'simulated'
  readonly schemes = [SCHEME]
  readonly supports = { listen: true, dial: true, encryption: false, browser: true }
  readonly #machine: Machine
  readonly #network: Network
  /** End what listens and what dials. */
  readonly #closers = new Set<() => void>()
  #closed = false

  constructor(machine: Machine, network: Network) {
    this.#machine = machine
    this.#network = network
  }

  async listen(url: string, options: ListenOptions): Promise<DriverListener> {
    const name = nameOf(url)
    await this.#turn()
    if (this.#closed) throw codedError('ERR_TRUSTP2P_DRIVER_LISTEN_FAILED', url, 'the driver is closed')
    const address = `${SCHEME}://${name}`
    const binding = {
      name,
      address,
      machine: this.#machine,
      limits: options.limits,
      onSocket: (socket: DriverSocket) => options.onSocket(socket)
    }
    if (!this.#network.bind(binding)) throw codedError('ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE', url, 'it is in use')
    const unbind = (): void => {
      this.#network.unbind(binding)
      this.#closers.delete(unbind)
    }
    this.#closers.add(unbind)
    return { address, close: () => Promise.resolve(unbind()) }
  }

  async dial(url: string, { limits, signal }: DialOptions): Promise<DriverSocket> {
    const name = nameOf(url)
    if (isAborted(signal)) throw abortedError(url, signal?.reason)
    await this.#turn()
    if (isAborted(signal)) throw abortedError(url, signal?.reason)
    if (this.#closed) throw abortedError(url, 'the driver is closed')
    return this.#knock({ name, url, limits, signal })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const close of this.#closers) close()
    this.#network.terminate(this.#machine)
    await this.#turn()
  }

  /** Waits for the end of the handshake, its time, its signal, or the end of the driver: whichever comes first. */
  #knock({ name, url, limits, signal }: Knocking): Promise<DriverSocket> {
    const machine = this.#machine
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        machine.clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#closers.delete(onClose)
      }
      const fail = (error: P2pError): void => {
        settle()
        giveUp()
        reject(error)
      }
      const onAbort = (): void => fail(abortedError(url, signal?.reason))
      const onClose = (): void => fail(abortedError(url, 'the driver is closed'))
      const timer = machine.setTimeout(() => fail(timeoutError(url, limits.handshakeMs)), limits.handshakeMs)
      const giveUp = this.#network.dial(name, {
        machine,
        url,
        limits,
        onOpen: (socket) => {
          settle()
          resolve(socket)
        },
        onRefused: (why) => fail(codedError('ERR_TRUSTP2P_DRIVER_DIAL_FAILED', url, why))
      })
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#closers.add(onClose)
    })
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#machine.defer(resolve))
  }
}

interface Knocking {
  readonly name: string
  readonly url: string
  readonly limits: SocketLimits
  readonly signal: AbortSignal | undefined
}

/** Read again after each wait. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

function nameOf(url: string): string {
  const name = /^sim:\/\/([\w.-]+)\/?$/i.exec(url)?.[1]
  if (name !== undefined) return name
  const why = 'write sim:// and the name of a node'
  throw new P2pError('ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID', `"${url}" is no address to use: ${why}`, {
    details: { url }
  })
}

function timeoutError(url: string, handshakeMs: number): P2pError {
  const text = `${url} did not complete the handshake within ${handshakeMs} ms (limits.handshakeMs)`
  return new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT', text, { details: { url, handshakeMs } })
}

function abortedError(url: string, cause: unknown): P2pError {
  const text = `the dial of ${url} was aborted`
  return new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED', text, { cause, details: { url } })
}

type FailureCode =
  'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED' | 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE' | 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED'

function codedError(code: FailureCode, url: string, why: string): P2pError {
  return new P2pError(code, `${url} cannot be used: ${why}`, { cause: why, details: { url } })
}
