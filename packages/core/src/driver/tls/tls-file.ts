import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tlsFileUnreadable } from './tls-errors'

/** Where the configuration names files of certificates. */
export type TlsSection = 'drivers.ws.tls' | 'drivers.tls'

/** A file that such a section names. */
export interface TlsFile {
  readonly section: TlsSection
  readonly key: 'certFile' | 'keyFile' | 'caFile'
  /** Absolute. */
  readonly path: string
}

/** Longest file of certificates, in bytes: all authorities of a usual system have a quarter of that. */
export const TLS_FILE_BYTES = 1024 * 1024

/** Reads a file. Rejects with ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE. */
export async function readTlsFile(file: TlsFile): Promise<Buffer> {
  let handle: FileHandle | undefined
  try {
    // Without O_NONBLOCK the opening of a named pipe would wait for its writer.
    handle = await open(file.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    return await readWhole(handle)
  } catch (cause) {
    throw tlsFileUnreadable(file, cause)
  } finally {
    await handle?.close()
  }
}

async function readWhole(handle: FileHandle): Promise<Buffer> {
  const stat = await handle.stat()
  if (!stat.isFile()) throw new Error('it is no file')
  if (stat.size > TLS_FILE_BYTES) throw new Error(`it is longer than ${TLS_FILE_BYTES} bytes`)
  const buffer = Buffer.alloc(stat.size)
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
  return buffer.subarray(0, bytesRead)
}
