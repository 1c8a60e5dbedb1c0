import { writeFileSync } from 'node:fs'
import type { writeFile } from 'node:fs/promises'

/** What writing a file comes to on a full disk: the file is there, and empty. */
export const fillDisk: typeof writeFile = (path) => {
  if (typeof path === 'string') writeFileSync(path, '')
  const error = new Error('ENOSPC: no space left on device, write')
  return Promise.reject(Object.assign(error, { code: 'ENOSPC' }))
}
