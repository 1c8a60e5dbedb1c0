import { P2pError } from '../errors'
import { printable } from '../printable'
import { assertPublicKey, PUBLIC_KEY_BYTES } from './public-key'

/** The letters of z-base-32 (Zooko, "Human-oriented base-32 encoding", 2002), five bits each. */
const ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769'
const LETTER_BITS = 5
/** 256 bits in letters of five; the last letter has four bits to spare, which are zero. */
const PEER_ID = /^[ybndrfg8ejkmcpqxot1uwisza345h769]{51}[yo]$/

/** Letters of a peer id. */
export const PEER_ID_LENGTH = 52

/** Writes a public key of Ed25519 as a peer id. Throws ERR_TRUSTP2P_IDENTITY_KEY_INVALID for what is no such key. */
export function formatPeerId(publicKey: Uint8Array): string {
  assertPublicKey(publicKey)
  // Letters that are added one by one make a tree of texts, which takes twenty times the memory of one.
  const letters: number[] = []
  let bits = 0
  let held = 0
  for (const byte of publicKey) {
    held = ((held & 0xff) << 8) | byte
    for (bits += 8; bits >= LETTER_BITS; bits -= LETTER_BITS) letters.push(letter(held >> (bits - LETTER_BITS)))
  }
  letters.push(letter(held << (LETTER_BITS - bits)))
  return String.fromCharCode(...letters)
}

/**
 * Reads a peer id; gives the public key. Throws ERR_TRUSTP2P_IDENTITY_ID_INVALID for a text that `formatPeerId` does not
 * write: other letters, spare bits that are not zero, a key that proves nothing.
 */
export function parsePeerId(text: string): Uint8Array {
  if (!PEER_ID.test(text)) throw peerIdInvalid(text)
  const key = new Uint8Array(PUBLIC_KEY_BYTES)
  let bits = 0
  let held = 0
  let used = 0
  for (const letter of text) {
    held = ((held & 0xff) << LETTER_BITS) | ALPHABET.indexOf(letter)
    bits += LETTER_BITS
    if (bits < 8 || used === PUBLIC_KEY_BYTES) continue
    bits -= 8
    key[used++] = (held >> bits) & 0xff
  }
  try {
    assertPublicKey(key)
  } catch (cause) {
    throw peerIdInvalid(text, cause)
  }
  return key
}

/** True for what `parsePeerId` reads. */
export function isPeerId(text: string): boolean {
  // Most of what is asked about is the address of a host: that costs no error.
  if (!PEER_ID.test(text)) return false
  try {
    parsePeerId(text)
    return true
  } catch {
    return false
  }
}

function letter(bits: number): number {
  return ALPHABET.charCodeAt(bits & 31)
}

/** Most letters of a wrong one that a report shows. */
const SHOWN_LETTERS = 60

function peerIdInvalid(text: string, cause?: unknown): P2pError {
  const shown = printable(text.slice(0, SHOWN_LETTERS))
  const message = `"${shown}" is no peer id: one has ${PEER_ID_LENGTH} letters, such as \`trustp2p-cli id\` prints`
  return new P2pError('ERR_TRUSTP2P_IDENTITY_ID_INVALID', message, cause === undefined ? {} : { cause })
}
