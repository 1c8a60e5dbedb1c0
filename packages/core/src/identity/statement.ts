import { P2pError } from '../errors'
import type { Crypto } from '../kit'
import { base64, fromBase64 } from '../wire/base64'
import { framed, utf8 } from './bytes'
import type { Identity } from './identity'
import { parsePeerId } from './peer-id'

/** Says what of all that an identity signs is a statement: no proof, and no succession, begins with it. */
const DOMAIN = utf8('trustp2p statement 1')

/** What may stand for a purpose. */
const PURPOSE = /^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/

/** Longest text of a statement, in bytes. */
export const STATEMENT_BYTES = 65_536

const SIGNATURE_BYTES = 64

/** What threads and programs have an identity sign: a text, for a purpose of their own. */
export interface Statement {
  /** What it is for, such as `chat invitation 1`: 1 to 64 visible ASCII characters and blanks; nothing else fits it. */
  readonly purpose: string
  /** A text, or bytes: 65,536 at most. A text stands for its UTF-8. */
  readonly text: string | Uint8Array
}

/** A statement, and who is said to have signed it. */
export interface SignedStatement extends Statement {
  readonly peerId: string
  /** As `sign` gave it. */
  readonly signature: string
}

/** Signs a statement; gives 64 bytes in base64. Throws a TypeError or a RangeError for what is none. */
export function signStatement(identity: Identity, statement: Statement): string {
  return base64(identity.sign(statementText(statement)))
}

/**
 * True where that peer has signed the statement; false for any other, and for a peer id or a signature that is none. Throws
 * a TypeError or a RangeError for a purpose or a text that is none.
 */
export function isSignedStatement(crypto: Crypto, { peerId, signature, ...statement }: SignedStatement): boolean {
  const text = statementText(statement)
  const publicKey = publicKeyMaybe(peerId)
  const bytes = typeof signature === 'string' ? fromBase64(signature) : undefined
  if (publicKey === undefined || bytes?.length !== SIGNATURE_BYTES) return false
  return crypto.ed25519.verify(publicKey, text, bytes)
}

/** Keys of low order are no peer ids, so that nothing fits everything. */
function publicKeyMaybe(peerId: unknown): Uint8Array | undefined {
  try {
    return typeof peerId === 'string' ? parsePeerId(peerId) : undefined
  } catch (error) {
    if (error instanceof P2pError) return undefined
    throw error
  }
}

/** What is signed. Throws a TypeError or a RangeError for what is no statement. */
export function statementText({ purpose, text }: Statement): Uint8Array {
  const given: unknown = purpose
  if (typeof given !== 'string' || !PURPOSE.test(given)) {
    throw new TypeError('the purpose of a statement is 1 to 64 visible ASCII characters, such as "chat invitation 1"')
  }
  return framed(DOMAIN, utf8(given), bytesOf(text))
}

function bytesOf(text: unknown): Uint8Array {
  const bytes = typeof text === 'string' ? utf8(text) : text
  if (!(bytes instanceof Uint8Array)) throw new TypeError('a statement is a text or a Uint8Array')
  if (bytes.length <= STATEMENT_BYTES) return bytes
  throw new RangeError(`a statement has at most ${STATEMENT_BYTES} bytes, not ${bytes.length}: sign a hash of it`)
}
