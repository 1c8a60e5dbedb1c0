import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Store } from 'trustp2p'
import { LevelStore } from './level-store'
import { storeFailure } from './store-failure'

/**
 * Opens the store of a folder, which is made where it is not there, for its user alone. One process at a time has it,
 * once. What was written before a crash or a loss of power is there. Rejects with ERR_TRUSTP2P_STORE_LOCKED where it is
 * open already, ERR_TRUSTP2P_STORE_FOLDER_INVALID where the folder cannot be used, ERR_TRUSTP2P_STORE_BROKEN where what
 * lies in it is no store or is damaged, ERR_TRUSTP2P_STORE_DISK_FULL, and ERR_TRUSTP2P_STORE_FAILED for all else.
 *
 * A method of the store rejects with the last three, too, and `write` with ERR_TRUSTP2P_STORE_BUSY where more than
 * 64 MiB wait to be written. Where the disk failed, the store recovers at the next call that finds room on it.
 */
export async function openStore(folder: string): Promise<Store> {
  if (typeof folder !== 'string' || folder === '') throw new TypeError('a store lies in a folder: give its path')
  const path = resolve(folder)
  await makeFolder(path).catch((cause: unknown) => {
    throw storeFailure(path, cause)
  })
  return LevelStore.open(path)
}

/** A folder is there after a loss of power once the folder that it lies in is on the disk. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = path; made !== dirname(first); made = dirname(made)) await syncFolder(dirname(made))
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
