import { constants } from 'node:fs'
import { link, lstat, open, readdir, rename, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { ErrorCode } from '../errors'
import { errorCode, errorText, P2pError } from '../errors'
import { Identity } from '../identity/identity'
import { isPeerId } from '../identity/peer-id'
import { isSuccession, signSuccession } from '../identity/succession'
import type { Succession } from '../identity/succession'
import type { Kit } from '../kit'
import { base64, fromBase64 } from '../wire/base64'
import { diskRemedy } from './disk-remedy'
import { Others, strangerOf, strangerText } from './local/private-folder'
import { makeStateFolder, stateFolderPath } from './state-folder'
import type { StateFolderOptions } from './state-folder'

const FILE_NAME = 'identity'
const FILE_VERSION = 1
/** Longest file that is read, in bytes. */
export const IDENTITY_FILE_BYTES = 4096
const SECRET_BYTES = 32
/** What a start leaves that was killed while it wrote. */
const LEFT_OVER = /^identity\.[0-9a-f]{8}$/
/** A start that is under way is not swept away. */
const LEFT_OVER_AGE_MS = 60_000

/** Whose identity it is, and what makes one. */
export interface IdentityPlace extends StateFolderOptions {
  readonly kit: Pick<Kit, 'crypto' | 'clock'>
}

interface KeptIdentity {
  readonly secretKey: Uint8Array
  readonly identity: Identity
}

/** Where the identity of a node lies. Rejects as stateFolderPath does. */
export async function identityFile({ cwd, name }: StateFolderOptions): Promise<string> {
  return join(await stateFolderPath({ cwd, name }), FILE_NAME)
}

/**
 * Gives the identity of a node, which is made at its first start. Rejects with ERR_TRUSTP2P_IDENTITY_FILE_OPEN for a file
 * that others may use, ERR_TRUSTP2P_IDENTITY_FILE_INVALID for one that holds none, which is never replaced,
 * ERR_TRUSTP2P_IDENTITY_FILE_FAILED where it cannot be read or written, and ERR_TRUSTP2P_STATE_FOLDER_INVALID.
 */
export async function openIdentity(place: IdentityPlace): Promise<Identity> {
  const path = join(await makeStateFolder(place), FILE_NAME)
  const kept = await read(path, place)
  if (kept !== undefined) return kept.identity
  await sweep(dirname(path)).catch(() => undefined)
  return create(path, place)
}

/** Gives the identity of a node, or undefined before its first start. Rejects as openIdentity does. */
export async function readIdentity(place: IdentityPlace): Promise<Identity | undefined> {
  return (await read(await identityFile(place), place))?.identity
}

/**
 * Gives a node another identity, with a statement of the old one that it is the same node. A node that runs goes by the
 * old one until it is started again. Rejects as openIdentity does, and with ERR_TRUSTP2P_IDENTITY_FILE_INVALID where there
 * is none yet.
 */
export async function rotateIdentity(place: IdentityPlace): Promise<Identity> {
  const path = await identityFile(place)
  const old = await read(path, place)
  if (old === undefined) throw fileInvalid(path, 'is not there: the first start of a node makes it')
  const { crypto, clock } = place.kit
  const secretKey = crypto.randomBytes(SECRET_BYTES)
  const to = new Identity(crypto, secretKey).peerId
  const succession = signSuccession(crypto, old.secretKey, { to, at: Math.floor(clock.wall()) })
  const temporary = await writeAside(path, secretKey, new Identity(crypto, secretKey, succession))
  await settle(path, temporary, () => rename(temporary, path))
  return new Identity(crypto, secretKey, succession)
}

/** Of several first starts at once, one makes the file; the others go by it. */
async function create(path: string, place: IdentityPlace): Promise<Identity> {
  const { crypto } = place.kit
  const secretKey = crypto.randomBytes(SECRET_BYTES)
  const identity = new Identity(crypto, secretKey)
  const temporary = await writeAside(path, secretKey, identity)
  let isFirst = true
  await settle(path, temporary, async () => {
    isFirst = await linkMaybe(temporary, path)
    await unlink(temporary)
  })
  if (isFirst) return identity
  const kept = await read(path, place)
  if (kept === undefined) throw fileInvalid(path, 'came and went while it was made: try again')
  return kept.identity
}

/** Gives false where the file is there already. */
async function linkMaybe(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

/** Writes a file beside the one that is meant, whole and on the disk; gives its path. */
async function writeAside(path: string, secretKey: Uint8Array, identity: Identity): Promise<string> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}`
  await settle(path, temporary, async () => {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(textOf(secretKey, identity))
      await file.sync()
    } finally {
      await file.close()
    }
  })
  return temporary
}

/** The last step of a change: after it the folder is on the disk too; where it fails nothing is left over. */
async function settle(path: string, temporary: string, step: () => Promise<void>): Promise<void> {
  try {
    await step()
    await syncFolder(dirname(path))
  } catch (cause) {
    await unlink(temporary).catch(() => undefined)
    throw fileFailed(path, `cannot be written: ${errorText(cause)}; ${diskRemedy(cause)}`, cause)
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function read(path: string, place: IdentityPlace): Promise<KeptIdentity | undefined> {
  const file = await openMaybe(path)
  if (file === undefined) return undefined
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw fileInvalid(path, 'is no file: move it away')
    const stranger = strangerOf(stats, Others.ANY)
    if (stranger !== undefined) throw fileError('ERR_TRUSTP2P_IDENTITY_FILE_OPEN', path, strangerText(path, stranger))
    if (stats.size > IDENTITY_FILE_BYTES) throw fileInvalid(path, `is longer than ${IDENTITY_FILE_BYTES} bytes`)
    return parse(path, await file.readFile('utf8'), place)
  } catch (cause) {
    if (cause instanceof P2pError) throw cause
    throw fileFailed(path, `cannot be read: ${errorText(cause)}`, cause)
  } finally {
    await file.close()
  }
}

async function openMaybe(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined
    if (errorCode(cause) === 'ELOOP') throw fileInvalid(path, 'is a link: put the file itself there', cause)
    throw fileFailed(path, `cannot be read: ${errorText(cause)}; act as the user that owns it`, cause)
  }
}

function textOf(secretKey: Uint8Array, { peerId, succession }: Identity): string {
  const kept = {
    version: FILE_VERSION,
    peerId,
    secretKey: base64(secretKey),
    ...(succession && { succession: { ...succession, signature: base64(succession.signature) } })
  }
  return `${JSON.stringify(kept, undefined, 2)}\n`
}

function parse(path: string, text: string, { kit: { crypto } }: IdentityPlace): KeptIdentity {
  const fields = fieldsOf(parseMaybe(text))
  if (fields['version'] !== FILE_VERSION) throw fileInvalid(path, 'holds no identity of this version')
  const secretKey = bytesIn(fields['secretKey'], SECRET_BYTES)
  if (secretKey === undefined) throw fileInvalid(path, 'holds no secret key')
  const succession = fields['succession'] === undefined ? undefined : successionIn(fields['succession'])
  if (succession === null) throw fileInvalid(path, 'holds a succession that is none')
  const identity = new Identity(crypto, secretKey, succession)
  if (fields['peerId'] !== identity.peerId)
    throw fileInvalid(path, 'holds a secret key that is not that of its peer id')
  if (succession !== undefined && !(succession.to === identity.peerId && isSuccessionOf(crypto, succession))) {
    throw fileInvalid(path, 'holds a succession that the old key has not signed')
  }
  return { secretKey, identity }
}

function isSuccessionOf(crypto: Kit['crypto'], succession: Succession): boolean {
  try {
    return isSuccession(crypto, succession)
  } catch {
    return false
  }
}

function successionIn(value: unknown): Succession | null {
  const { from, to, at, signature } = fieldsOf(value)
  const bytes = bytesIn(signature, 64)
  if (!isPeerIdText(from) || !isPeerIdText(to) || !isTime(at) || bytes === undefined) return null
  return { from, to, at, signature: bytes }
}

function isPeerIdText(value: unknown): value is string {
  return typeof value === 'string' && isPeerId(value)
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function bytesIn(value: unknown, length: number): Uint8Array | undefined {
  const bytes = typeof value === 'string' ? fromBase64(value) : undefined
  return bytes?.length === length ? bytes : undefined
}

function parseMaybe(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!LEFT_OVER.test(name)) continue
    const path = join(folder, name)
    if (Date.now() - (await lstat(path)).mtimeMs > LEFT_OVER_AGE_MS) await unlink(path)
  }
}

const REMEDY = 'put back a copy of it; or remove it, and the node gets another peer id'

function fileInvalid(path: string, what: string, cause?: unknown): P2pError {
  return fileError('ERR_TRUSTP2P_IDENTITY_FILE_INVALID', path, `${what}: ${REMEDY}`, cause)
}

function fileFailed(path: string, what: string, cause: unknown): P2pError {
  return fileError('ERR_TRUSTP2P_IDENTITY_FILE_FAILED', path, what, cause)
}

function fileError(code: ErrorCode, path: string, what: string, cause?: unknown): P2pError {
  const details = { details: { path }, ...(cause !== undefined && { cause }) }
  return new P2pError(code, `the identity of the node, ${path}, ${what}`, details)
}
