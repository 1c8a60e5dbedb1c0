// Does in Node what the page does in a browser: node visit.mjs <address>
import { WebSocket } from 'ws'
import { visit } from './visitor.mjs'

// Node 22 has this class, Node 20 has not.
Object.assign(globalThis, { WebSocket })

const items = new Map()
const storage = {
  getItem: (name) => items.get(name) ?? null,
  setItem: (name, text) => void items.set(name, text)
}
const [address] = process.argv.slice(2)
const node = await visit({ address, title: 'a page without a browser', storage, show: console.log, times: 2 })
await node.close()
