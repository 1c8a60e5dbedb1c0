import type * as Library from 'ws'

/** The parts of the library `ws` that are used. */
export type WsLibrary = Pick<typeof Library, 'WebSocket' | 'WebSocketServer'>

let library: WsLibrary | undefined

/** Loads `ws` when it is first needed: a static import would cost every program that imports trustp2p 24 ms. */
export function loadWs(): WsLibrary {
  library ??= requireWs()
  return library
}

function requireWs(): WsLibrary {
  // eslint-disable-next-line @typescript-eslint/no-require-imports, @typescript-eslint/no-unsafe-assignment -- typed here
  const loaded: WsLibrary = require('ws')
  return loaded
}
