'use strict'

const { P2pError } = require('trustp2p')

const CLOSE_MS = 2_000
const REASON_BYTES = 123

/** A socket of the driver for lines. */
class LinesSocket {
  /** Resolves when the connection is gone. */
  gone
  #raw
  #options
  #receiver
  #isReading = false
  /** What came of a line that has no end yet. */
  #pieces = []
  #pieceBytes = 0
  /** Bytes of frames that the system has not taken. */
  #queuedBytes = 0
  #isCorked = false
  #isFull = false
  #isEnded = false
  #isGone = false
  #hasSentClose = false
  #timer
  #ending = [1006, '']

  constructor(raw, options) {
    this.#raw = raw
    this.#options = options
    raw.on('error', (cause) => this.#fail('ERR_TRUSTP2P_DRIVER_SOCKET_FAILED', cause))
    raw.on('end', () => this.#ending[0] === 1006 && raw.destroy())
    this.gone = new Promise((resolve) => raw.once('close', () => resolve(this.#onGone())))
  }

  get url() {
    return this.#options.url
  }

  get peer() {
    return this.#options.peer
  }

  get host() {
    return this.#options.host
  }

  get bufferedAmount() {
    return this.#queuedBytes
  }

  attach(receiver) {
    this.#receiver = receiver
    if (this.#isGone) return this.#options.kit.defer(() => receiver.onClose(...this.#ending))
    this.#read()
  }

  send(bytes) {
    const { sendQueueBytes } = this.#options.limits
    if (this.#isEnded || !this.#raw.writable) throw new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', `${this.peer} is closed`)
    if (this.#queuedBytes + bytes.length > sendQueueBytes) {
      throw new P2pError(
        'ERR_TRUSTP2P_LIMIT_SEND_QUEUE',
        `more than ${sendQueueBytes} bytes would wait for ${this.peer}`
      )
    }
    this.#queuedBytes += bytes.length
    this.#cork()
    this.#raw.write(`${toBase64(bytes)}\n`, (error) => error ?? this.#onTaken(bytes.length))
    if (this.#queuedBytes <= sendQueueBytes / 4) return true
    this.#isFull = true
    return false
  }

  close(code, reason) {
    const isCode = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
    if (!Number.isInteger(code) || !isCode) throw new RangeError(`${code} is no code to close with`)
    if (Buffer.byteLength(reason) > REASON_BYTES) throw new RangeError(`the reason is over ${REASON_BYTES} bytes`)
    if (this.#isEnded) return
    this.#isEnded = true
    this.#sendClose(code, reason)
    // Also without a receiver: the answer to our close has to be read.
    this.#read()
  }

  terminate() {
    this.#isEnded = true
    this.#raw.destroy()
  }

  // All frames of one tick leave in one write.
  #cork() {
    if (this.#isCorked) return
    this.#isCorked = true
    this.#raw.cork()
    this.#options.kit.defer(() => {
      this.#isCorked = false
      this.#raw.uncork()
    })
  }

  #onTaken(bytes) {
    this.#queuedBytes -= bytes
    if (!this.#isFull || this.#isEnded || this.#queuedBytes > this.#options.limits.sendQueueBytes / 4) return
    this.#isFull = false
    this.#receiver?.onDrain()
  }

  #read() {
    if (this.#isReading) return
    this.#isReading = true
    this.#raw.on('data', this.#onData)
    this.#raw.resume()
  }

  #onData = (chunk) => {
    let start = 0
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      if (!this.#keep(chunk.subarray(start, end))) return
      const line = Buffer.concat(this.#pieces).toString('latin1')
      this.#pieces = []
      this.#pieceBytes = 0
      start = end + 1
      if (line.startsWith('!')) this.#follow(line)
      else if (!this.#take(line)) return
    }
    this.#keep(chunk.subarray(start))
  }

  // A line is refused as soon as it is too long, before it is there.
  #keep(piece) {
    this.#pieces.push(piece)
    this.#pieceBytes += piece.length
    if (this.#pieces.length > 1_000) this.#pieces = [Buffer.concat(this.#pieces)]
    const mostBytes = Math.max(4 * Math.ceil(this.#options.limits.frameBytes / 3), 4 * REASON_BYTES)
    return this.#pieceBytes <= mostBytes || this.#refuse(1009, 'a frame is too long')
  }

  #take(line) {
    const bytes = Buffer.from(line, 'base64')
    if (bytes.length > this.#options.limits.frameBytes) return this.#refuse(1009, 'a frame is too long')
    if (toBase64(bytes) !== line) return this.#refuse(1002, 'a line is not base64')
    if (!this.#isEnded) this.#receiver?.onFrame(new Uint8Array(bytes))
    return true
  }

  // Nothing behind the fault is read; the close that answers ours is not waited for.
  #refuse(code, text) {
    this.#raw.off('data', this.#onData)
    this.#fail('ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED', new Error(text))
    if (!this.#isEnded) this.close(code, '')
    this.#raw.resume()
    return false
  }

  #follow(line) {
    const [, code, reason = ''] = /^!(\d{4}) ?(.*)$/.exec(line) ?? []
    if (this.#ending[0] !== 1006) return
    this.#isEnded = true
    this.#ending = [Number(code ?? 1002), Buffer.from(reason, 'base64').toString()]
    this.#sendClose(...this.#ending)
    this.#raw.end()
  }

  #sendClose(code, reason) {
    if (this.#hasSentClose || !this.#raw.writable) return
    this.#hasSentClose = true
    this.#timer = this.#options.kit.clock.setTimeout(() => this.#raw.destroy(), CLOSE_MS)
    this.#raw.write(`!${code} ${toBase64(Buffer.from(reason))}\n`)
  }

  #fail(code, cause) {
    if (this.#isEnded) return
    const text = `the connection to ${this.peer} broke: ${cause.message}`
    this.#receiver?.onError(new P2pError(code, text, { cause }))
  }

  #onGone() {
    this.#isEnded = true
    this.#isGone = true
    if (this.#timer !== undefined) this.#options.kit.clock.clearTimeout(this.#timer)
    this.#receiver?.onClose(...this.#ending)
  }
}

function toBase64(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

exports.LinesSocket = LinesSocket
