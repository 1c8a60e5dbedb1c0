'use strict'

// A driver for lines://host:port. Over TCP each frame is a line of base64; a line that begins with "!" closes.
const { connect, createServer } = require('node:net')
const { P2pError } = require('trustp2p')
const { LinesSocket } = require('./lines-socket')

const HELLO = 'lines/1\n'

class LinesDriver {
  name = 'lines'
  schemes = ['lines']
  supports = { listen: true, dial: true, encryption: false, browser: false }
  #kit
  #binding = new Set()
  #listeners = new Set()
  #dials = new Set()
  #sockets = new Set()
  #closing

  constructor(kit) {
    this.#kit = kit
  }

  async listen(url, { limits, onSocket }) {
    const { host, port } = addressOf(url)
    this.#assertMayListen(url)
    const halfOpen = new Set()
    const server = createServer({ noDelay: true }, (raw) => {
      halfOpen.add(raw)
      raw.on('error', () => raw.destroy())
      raw.once('close', () => halfOpen.delete(raw))
      const timer = this.#kit.clock.setTimeout(() => raw.destroy(), limits.handshakeMs)
      raw.once('close', () => this.#kit.clock.clearTimeout(timer))
      const drop = () => raw.destroy()
      readHello(raw, drop, () => {
        this.#kit.clock.clearTimeout(timer)
        halfOpen.delete(raw)
        raw.write(HELLO)
        const peer = `${raw.remoteAddress}:${raw.remotePort}`
        onSocket(this.#open(raw, { limits, url: listener.address, peer, host: raw.remoteAddress }))
      })
    })
    const bound = bind(server, url, { host, port })
    this.#binding.add(bound)
    await bound.finally(() => this.#binding.delete(bound))
    const listener = {
      address: `lines://${host}:${server.address().port}`,
      close: async () => {
        this.#listeners.delete(listener)
        server.close()
        for (const raw of halfOpen) raw.destroy()
      }
    }
    this.#listeners.add(listener)
    if (this.#closing) await listener.close()
    this.#assertMayListen(url)
    return listener
  }

  async dial(url, { limits, signal }) {
    if (signal?.aborted) throw aborted(url, signal.reason)
    const { host, port } = addressOf(url)
    if (this.#closing) throw aborted(url, new Error('the driver is closed'))
    const raw = connect({ host, port, noDelay: true })
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#kit.clock.clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#dials.delete(fail)
      }
      const fail = (error) => {
        settle()
        raw.destroy()
        reject(error)
      }
      const late = `${url} did not answer within ${limits.handshakeMs} ms`
      const onLate = () => fail(new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT', late))
      const timer = this.#kit.clock.setTimeout(onLate, limits.handshakeMs)
      const onAbort = () => fail(aborted(url, signal.reason))
      signal?.addEventListener('abort', onAbort)
      this.#dials.add(fail)
      const refused = `${url} speaks another protocol`
      raw.on('error', (cause) => fail(failed(url, cause)))
      raw.once('connect', () => raw.write(HELLO))
      const hungUp = () => fail(failed(url, new Error('it hung up')))
      raw.once('end', hungUp)
      const onOther = () => fail(new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_REFUSED', refused))
      readHello(raw, onOther, () => {
        settle()
        raw.off('end', hungUp)
        resolve(this.#open(raw, { limits, url, peer: url, host: raw.remoteAddress }))
      })
    })
  }

  close() {
    return (this.#closing ??= this.#close())
  }

  async #close() {
    for (const fail of this.#dials) fail(aborted('a dial', new Error('the driver is closed')))
    await Promise.allSettled(this.#binding)
    await Promise.all([...this.#listeners].map((listener) => listener.close()))
    const gone = [...this.#sockets].map((socket) => socket.gone)
    for (const socket of this.#sockets) socket.terminate()
    await Promise.all(gone)
  }

  #open(raw, options) {
    const socket = new LinesSocket(raw, { ...options, kit: this.#kit })
    this.#sockets.add(socket)
    void socket.gone.then(() => this.#sockets.delete(socket))
    return socket
  }

  #assertMayListen(url) {
    if (this.#closing) throw new P2pError('ERR_TRUSTP2P_DRIVER_LISTEN_FAILED', `${url}: the driver is closed`)
  }
}

function addressOf(url) {
  const [, host, port] = /^lines:\/\/([\w.-]+):(\d{1,5})$/.exec(url) ?? []
  if (host !== undefined && Number(port) < 65_536) return { host, port: Number(port) }
  throw new P2pError('ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID', `"${url}" is not like lines://127.0.0.1:1107`)
}

function bind(server, url, place) {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const code = cause.code === 'EADDRINUSE' ? 'ADDRESS_IN_USE' : 'LISTEN_FAILED'
      reject(new P2pError(`ERR_TRUSTP2P_DRIVER_${code}`, `cannot listen on ${url}: ${cause.message}`, { cause }))
    })
    server.listen(place, resolve)
  })
}

// Reads the line that both sides begin with. The connection is paused then: nothing is lost before `attach`.
function readHello(raw, onOther, onHello) {
  let text = ''
  const onData = (chunk) => {
    const rest = HELLO.length - text.length
    text += chunk.toString('latin1', 0, rest)
    if (!HELLO.startsWith(text)) return onOther()
    if (text.length < HELLO.length) return
    raw.off('data', onData)
    raw.pause()
    if (chunk.length > rest) raw.unshift(chunk.subarray(rest))
    onHello()
  }
  raw.on('data', onData)
}

function failed(url, cause) {
  return new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_FAILED', `cannot reach ${url}: ${cause.message}`, { cause })
}

function aborted(url, cause) {
  return new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED', `dialling ${url} was aborted`, { cause })
}

exports.createDriver = ({ kit }) => new LinesDriver(kit)
