// What a page does, wherever it runs: it dials, is asked for its title, and learns how often it was here.
import { createBrowserNode, createStorageIdentity } from '@trustp2p/browser'
import { createThreadList, PackageType, Thread } from 'trustp2p'

/** Visits the node of an address as often as it is told. `show` gets the lines, `storage` keeps the key. */
export async function visit({ address, title, storage, show, times = 1 }) {
  class Page extends Thread {
    get eventMap() {
      return { [PackageType.REQUEST]: { 'page/title': () => title } }
    }
  }
  const node = await createBrowserNode({
    auth: 'required',
    connect: [address],
    identityStore: createStorageIdentity({ storage }),
    source: createThreadList({ page: Page }),
    log: { level: 'warn' }
  })
  show(`this page is ${node.id}`)
  const [server] = node.sockets
  if (server === undefined) throw new Error(`nobody answers at ${address}: start server.js`)
  show(`connected to ${server.peerId}, proved by ${server.proof}`)
  for (let time = 0; time < times; time++) {
    const { title: known, count } = await node.request(server, 'visits/come')
    show(`${known} was here ${count} times`)
  }
  return node
}
