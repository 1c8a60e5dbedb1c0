import { connect } from 'node:net'
import type { UnixConfig } from '../../config/config'
import { listenLocally } from '../../host/local/local-listener'
import { isSocketRoom } from '../../host/local/socket-place'
import type { Kit } from '../../kit'
import type { Driver, DriverListener } from '../contract'
import { addressInvalid, dialFailed, listenFailed } from '../driver-errors'
import type { StreamAcceptor } from './stream-acceptor'
import { PATH_TOO_LONG, formatUnixAddress, parseUnixAddress } from './stream-address'
import type { DialledStream } from './stream-dial'
import { StreamDriver } from './stream-driver'
import type { StreamDialler, StreamTransport } from './stream-driver'

/** What a driver of Unix domain sockets is made of. */
export interface UnixDriverOptions {
  readonly kit: Kit
  readonly config: UnixConfig
}

/**
 * Makes the driver for `unix://`: frames behind their lengths, over Unix domain sockets, between processes of one
 * machine. Hand it to a `DriverRegistry`.
 */
export function createUnixDriver({ kit, config }: UnixDriverOptions): Driver {
  return new StreamDriver(new UnixTransport(Number.parseInt(config.mode, 8)), { kit, keepAliveMs: config.keepAliveMs })
}

const HOST = 'localhost'

class UnixTransport implements StreamTransport {
  readonly name = 'unix'
  readonly encryption = false
  readonly judgesNames = false
  readonly #mode: number
  #accepted = 0

  constructor(mode: number) {
    this.#mode = mode
  }

  /** A socket that is there and refuses was left by a process that was killed, and gives way; a live one does not. */
  async listen(url: string, acceptor: StreamAcceptor): Promise<DriverListener> {
    const path = parseUnixAddress(url)
    if (!isSocketRoom(path)) throw addressInvalid(url, PATH_TOO_LONG)
    acceptor.address = formatUnixAddress(path)
    const listener = await listenLocally({
      path,
      name: acceptor.address,
      mode: this.#mode,
      onConnection: (raw) => {
        acceptor.begin(raw, HOST)
        this.#accepted += 1
        acceptor.accept(raw, { host: HOST, peer: `unix:${this.#accepted}` })
      },
      onError: (cause) => acceptor.options.onWarning(listenFailed(acceptor.address, cause))
    })
    const close = (): Promise<void> => {
      acceptor.destroy()
      return listener.close()
    }
    return { address: acceptor.address, close }
  }

  prepareDial(url: string): StreamDialler {
    const path = parseUnixAddress(url)
    const failed = (cause: Error) => dialFailed(url, cause)
    const connectTo = (): DialledStream => ({ raw: connect({ path }), readyEvent: 'connect', host: () => HOST, failed })
    return { target: undefined, connect: connectTo }
  }
}
