import { storePackage } from 'trustp2p/control'
import { ok, skipped, warning } from './finding'
import type { Finding } from './finding'
import type { Patient } from './patient'

const IN_MEMORY = 'memory'

/** Looks where the nodes keep what they remember. */
export function checkStore({ config, folder, reports }: Pick<Patient, 'config' | 'folder' | 'reports'>): Finding[] {
  if (config === undefined) return [skipped('the store was not looked at: the configuration is wrong')]
  if (config.store === false) return [ok('what a node remembers is gone when it ends: store is false')]
  const place = storePackage({ cwd: folder, store: config.store })
  if (place === undefined) {
    const text = '@trustp2p/store is not installed: what a node remembers is gone when it ends'
    return [warning(text, 'npm install @trustp2p/store, or set store to false')]
  }
  const forgetful = reports.filter(({ store }) => store === IN_MEMORY)
  if (forgetful.length === 0) return [ok(`what a node remembers is kept by ${place}`)]
  return forgetful.map(({ name }) =>
    warning(`the node ${name} remembers in memory alone`, `see why: trustp2p-cli explain start --name ${name}`)
  )
}
