'use strict'

// A node for pages of one origin, and a web server for the page itself, until Ctrl-C.
const { once } = require('node:events')
const { createReadStream } = require('node:fs')
const { createServer: createWebServer } = require('node:http')
const { join } = require('node:path')
const { createServer } = require('trustp2p')

const FILES = new Map([
  ['/', ['index.html', 'text/html; charset=utf-8']],
  ['/page.js', ['dist/page.js', 'text/javascript; charset=utf-8']]
])

let node

/** The page is told whom to dial, with the peer id that has to answer there. */
function addressOf({ id, addresses: [address] }) {
  return address.replace('://', `://${id}@`)
}

function serve({ url }, response) {
  if (url === '/address') return void response.end(addressOf(node))
  const [name, type] = FILES.get(url) ?? []
  if (name === undefined) return void response.writeHead(404).end()
  response.setHeader('content-type', type)
  createReadStream(join(__dirname, name))
    .on('error', () => response.writeHead(404).end('run esbuild first, as README.md says'))
    .pipe(response)
}

async function main() {
  const web = createWebServer(serve).listen(0, '127.0.0.1')
  await once(web, 'listening')
  const origin = `http://127.0.0.1:${web.address().port}`
  const drivers = { ws: { origins: [origin] } }
  node = await createServer({ cwd: __dirname, auth: 'required', drivers, log: { level: 'warn' } })
  console.log(`listening on ${node.addresses.join(', ')}`)
  console.log(`open ${origin}/`)
  process.once('SIGINT', () => {
    web.close()
    web.closeAllConnections()
    void node.close()
  })
}

main().catch(({ message }) => {
  console.error(message)
  process.exitCode = 1
})
