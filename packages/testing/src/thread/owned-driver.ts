import type { DialOptions, Driver, DriverListener, DriverSocket, DriverSocketReceiver, ListenOptions } from 'trustp2p'

type Run = <Result>(callback: () => Result) => Result

/** A driver whose node is called within a context, whoever caused the call: a peer's frame is handled in it. */
export function createOwnedDriver(driver: Driver, run: Run): Driver {
  return {
    name: driver.name,
    schemes: driver.schemes,
    supports: driver.supports,
    listen: (url: string, options: ListenOptions): Promise<DriverListener> =>
      driver.listen(url, {
        limits: options.limits,
        onSocket: (socket) => run(() => options.onSocket(createOwnedSocket(socket, run))),
        onWarning: (error) => run(() => options.onWarning(error))
      }),
    dial: async (url: string, options: DialOptions): Promise<DriverSocket> =>
      createOwnedSocket(await driver.dial(url, options), run),
    close: () => driver.close()
  }
}

function createOwnedSocket(socket: DriverSocket, run: Run): DriverSocket {
  return {
    url: socket.url,
    peer: socket.peer,
    host: socket.host,
    get bufferedAmount() {
      return socket.bufferedAmount
    },
    attach: (receiver) => socket.attach(createOwnedReceiver(receiver, run)),
    send: (bytes) => socket.send(bytes),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate()
  }
}

function createOwnedReceiver(receiver: DriverSocketReceiver, run: Run): DriverSocketReceiver {
  return {
    onFrame: (bytes) => run(() => receiver.onFrame(bytes)),
    onDrain: () => run(() => receiver.onDrain()),
    onError: (error) => run(() => receiver.onError(error)),
    onClose: (code, reason) => run(() => receiver.onClose(code, reason))
  }
}
