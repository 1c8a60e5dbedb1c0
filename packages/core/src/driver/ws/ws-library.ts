import type * as Library from 'ws'

/** The parts of the library `ws` that are used. */
export type WsLibrary = Pick<typeof Library, 'WebSocket' | 'WebSocketServer'>

const beforeClose = new WeakMap<Library.WebSocket, () => void>()

let library: WsLibrary | undefined

/** Loads `ws` when it is first needed: a static import would cost every program that imports trustp2p 24 ms. */
export function loadWs(): WsLibrary {
  library ??= requireWs()
  return library
}

/** Calls back before a WebSocket that was made by `loadWs()` writes its close frame. */
export function onClosing(ws: Library.WebSocket, callback: () => void): void {
  beforeClose.set(ws, callback)
}

function requireWs(): WsLibrary {
  // eslint-disable-next-line @typescript-eslint/no-require-imports, @typescript-eslint/no-unsafe-assignment -- typed here
  const loaded: WsLibrary = require('ws')
  class TellingWebSocket extends loaded.WebSocket {
    /** The library calls this, too: to follow the peer, and for what it does not understand. */
    override close(code?: number, data?: string | Buffer): void {
      beforeClose.get(this)?.()
      super.close(code, data)
    }
  }
  return { WebSocket: TellingWebSocket, WebSocketServer: loaded.WebSocketServer }
}
