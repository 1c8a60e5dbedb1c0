import { P2pError } from 'trustp2p'
import { storeFailure } from '../src/store-failure'

/** What LevelDB gives. */
function levelError(code: string | undefined, text: string): Error {
  return Object.assign(new Error(text), code === undefined ? {} : { code })
}

it.each([
  ['LEVEL_LOCKED', 'IO error: lock db/LOCK: already held by process', 'ERR_TRUSTP2P_STORE_LOCKED'],
  ['LEVEL_CORRUPTION', 'Corruption: bad block', 'ERR_TRUSTP2P_STORE_BROKEN'],
  ['LEVEL_IO_ERROR', 'IO error: db/000005.ldb: No such file or directory', 'ERR_TRUSTP2P_STORE_BROKEN'],
  ['LEVEL_IO_ERROR', 'IO error: db/000005.ldb: Invalid argument', 'ERR_TRUSTP2P_STORE_BROKEN'],
  ['LEVEL_IO_ERROR', 'IO error: db/000003.log: No space left on device', 'ERR_TRUSTP2P_STORE_DISK_FULL'],
  ['LEVEL_IO_ERROR', 'IO error: db/000003.log: Disk quota exceeded', 'ERR_TRUSTP2P_STORE_DISK_FULL'],
  ['LEVEL_IO_ERROR', 'IO error: db/CURRENT: Permission denied', 'ERR_TRUSTP2P_STORE_FOLDER_INVALID'],
  ['EROFS', 'read-only file system, mkdir', 'ERR_TRUSTP2P_STORE_FOLDER_INVALID'],
  ['ENOSPC', 'no space left on device, mkdir', 'ERR_TRUSTP2P_STORE_DISK_FULL'],
  ['LEVEL_IO_ERROR', 'IO error: db/000003.log: Input/output error', 'ERR_TRUSTP2P_STORE_FAILED'],
  [undefined, 'Not implemented', 'ERR_TRUSTP2P_STORE_FAILED']
])('%s "%s" is %s, with folder, text and cause', (given, text, code) => {
  const cause = levelError(given, text)
  const wrapped = Object.assign(new Error('Database failed to open', { cause }), { code: 'LEVEL_DATABASE_NOT_OPEN' })
  for (const error of [cause, wrapped]) {
    const failure = storeFailure('/folder', error)
    expect(failure).toMatchObject({ code, cause: error, details: { folder: '/folder' } })
    expect(failure.message).toMatch(/^the store in \/folder .*: .* \(/)
    expect(failure.message).toContain(`(${text})`)
  }
})

it('leaves an error that is coded as it is', () => {
  const error = new P2pError('ERR_TRUSTP2P_STORE_CLOSED', 'closed')
  expect(storeFailure('/folder', error)).toBe(error)
})
