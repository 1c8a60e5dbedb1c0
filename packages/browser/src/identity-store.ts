import { errorText, Identity, P2pError } from 'trustp2p/browser'
import type { Crypto } from 'trustp2p/browser'

const SECRET_BYTES = 32

/** Where a page keeps the secret key of its node. Whoever reads it is that peer. */
export interface IdentityStore {
  /** Gives what was put last: 32 bytes; undefined where nothing was. */
  get(): Promise<Uint8Array | undefined>
  /** Keeps a secret key, and settles once it is kept. */
  put(secretKey: Uint8Array): Promise<void>
}

/** The part of `localStorage` and `sessionStorage` that a key is kept in. */
export interface TextStorage {
  /** Gives a text; null where there is none. */
  getItem(name: string): string | null
  /** Keeps a text. */
  setItem(name: string, text: string): void
}

/** What keeps the key, and how it is called there. */
export interface StorageIdentityOptions {
  /** `localStorage`: one peer for all pages of the origin; `sessionStorage`: one for each tab, until that is closed. */
  readonly storage: TextStorage
  /** The name of the item [trustp2p.identity]. */
  readonly name?: string
}

/**
 * Keeps the secret key as text (base64) in the storage of an origin, which every script of that origin can read. Its
 * methods reject with ERR_TRUSTP2P_IDENTITY_STORE_FAILED.
 */
export function createStorageIdentity({ storage, name = 'trustp2p.identity' }: StorageIdentityOptions): IdentityStore {
  return {
    async get() {
      const text = await attempt('read', () => storage.getItem(name))
      if (text === null) return undefined
      const secretKey = bytesOf(text)
      if (secretKey === undefined) throw storeFailed(`the item ${name} of the storage is no secret key in base64`)
      return secretKey
    },
    put(secretKey) {
      return attempt('write', () => storage.setItem(name, btoa(String.fromCharCode(...secretKey))))
    }
  }
}

/**
 * Gives the identity that is kept, or makes one and keeps it before it is used. Rejects with
 * ERR_TRUSTP2P_IDENTITY_STORE_FAILED for what is no secret key, and as the store does.
 */
export async function openStoredIdentity(crypto: Crypto, store: IdentityStore): Promise<Identity> {
  const kept = await store.get()
  if (kept !== undefined) return new Identity(crypto, secretOf(kept))
  await store.put(crypto.randomBytes(SECRET_BYTES))
  // Read back: where two pages begin at once, that of the last one stays, and most often both have it then.
  const put = await store.get()
  if (put === undefined) throw storeFailed('the store of the identity forgets what it was given')
  return new Identity(crypto, secretOf(put))
}

/** A store of the page's own may give anything. */
function secretOf(kept: unknown): Uint8Array {
  const length = kept instanceof Uint8Array ? kept.length : `what is no Uint8Array: ${typeof kept}`
  if (kept instanceof Uint8Array && length === SECRET_BYTES) return new Uint8Array(kept)
  throw storeFailed(`a secret key has ${SECRET_BYTES} bytes, and the store of the identity gave ${length}`)
}

async function attempt<Result>(what: string, step: () => Result): Promise<Result> {
  try {
    return await Promise.resolve(step())
  } catch (cause) {
    throw storeFailed(`the storage cannot ${what} the identity: ${errorText(cause)}`, cause)
  }
}

function bytesOf(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  } catch {
    return undefined
  }
}

function storeFailed(text: string, cause?: unknown): P2pError {
  return new P2pError('ERR_TRUSTP2P_IDENTITY_STORE_FAILED', text, cause === undefined ? {} : { cause })
}
