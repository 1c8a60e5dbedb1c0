'use strict'

// A node that runs the threads of this folder until Ctrl-C, and tells what becomes of them.
const { createServer } = require('trustp2p')

async function main() {
  const server = await createServer({ cwd: __dirname, log: { level: 'silent' } })
  server.on('thread:failed', ({ name, error }) => console.log(`thread ${name} failed: ${error.message}`))
  server.on('thread:started', ({ name }) => console.log(`thread ${name} is running`))
  for (const { name, state, isolation } of server.threads.list())
    console.log(`thread ${name} is ${state}, ${isolation}`)
  console.log(`listening on ${server.addresses.join(', ')}`)
  process.once('SIGINT', () => void server.close())
}

main().catch(({ code, message }) => {
  console.error(`${message} (${code})`)
  process.exitCode = 1
})
