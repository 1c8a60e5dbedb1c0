'use strict'

// A node that runs the thread of this folder until Ctrl-C.
const { createServer } = require('trustp2p')

async function main() {
  const server = await createServer({ cwd: __dirname, log: { level: 'error' } })
  server.on('warning', ({ code, details = {} }) =>
    console.log(`${code}: ${details.event}, ${details.field} ${details.differs}`)
  )
  for (const { name, state } of server.threads.list()) console.log(`thread ${name} is ${state}`)
  console.log(`listening on ${server.addresses.join(', ')}`)
  process.once('SIGINT', () => void server.close())
}

main().catch(({ code, message }) => {
  console.error(`${message} (${code})`)
  process.exitCode = 1
})
