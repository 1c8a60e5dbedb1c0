import type { Aead, SealedBox } from '../kit'

const NONCE_BYTES = 12
const EMPTY: Uint8Array = new Uint8Array(0)

/** One for all: what it says is used up before anybody else writes it, and sockets that are idle hold none. */
const NONCE = new Uint8Array(NONCE_BYTES)
const NONCE_VIEW = new DataView(NONCE.buffer)
const BOX = { key: EMPTY, nonce: NONCE, data: EMPTY }

/** One direction under one key: each text takes the next nonce (Noise, revision 34, 5.1 and 12.3). */
export class CipherState {
  readonly #aead: Aead
  readonly #key: Uint8Array
  #count = 0

  constructor(aead: Aead, key: Uint8Array) {
    this.#aead = aead
    this.#key = key
  }

  /** Seals a text, and what is authenticated with it. Throws a RangeError once the nonces are used up (2^53). */
  seal(text: Uint8Array, data = EMPTY): Uint8Array {
    const sealed = this.#aead.seal(this.#next(data), text)
    this.#count++
    return sealed
  }

  /** Opens what the other side sealed; undefined where it is not the next text, as it was. */
  open(sealed: Uint8Array, data = EMPTY): Uint8Array | undefined {
    const text = this.#aead.open(this.#next(data), sealed)
    if (text !== undefined) this.#count++
    return text
  }

  #next(data: Uint8Array): SealedBox {
    if (this.#count >= Number.MAX_SAFE_INTEGER) throw new RangeError('a key has sealed as much as it may')
    NONCE_VIEW.setUint32(4, this.#count >>> 0, true)
    NONCE_VIEW.setUint32(8, Math.floor(this.#count / 2 ** 32), true)
    BOX.key = this.#key
    BOX.data = data
    return BOX
  }
}
