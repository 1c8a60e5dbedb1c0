import { join } from 'node:path'
import { installedWith, readLock } from '../lock'
import type { Row } from '../figure'

const TARGET = 22

/** How many packages `npm i trustp2p` installs, by the lock of this repository. */
export const packages: Row = {
  name: 'packages',
  measure() {
    const lock = readLock(join(__dirname, '..', '..', '..', '..', 'package-lock.json'))
    const names = installedWith(lock, 'trustp2p')
    return Promise.resolve([
      {
        what: 'packages that npm i trustp2p installs, itself and the compiler included',
        figure: String(names.length),
        target: `<= ${TARGET}`,
        spread: '-',
        met: names.length <= TARGET,
        note: names.join(' ')
      }
    ])
  }
}
