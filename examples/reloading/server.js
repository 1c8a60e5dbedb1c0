'use strict'

// A node that runs the thread of this folder until Ctrl-C, and tells what becomes of its versions.
const { createServer } = require('trustp2p')

async function main() {
  const server = await createServer({ cwd: __dirname, log: { level: 'silent' } })
  server.on('thread:reloaded', ({ name }) => console.log(`thread ${name} runs in its new version`))
  server.on('thread:failed', ({ name, error }) => console.log(`thread ${name} runs in its old version: ${error.code}`))
  for (const { name, state } of server.threads.list()) console.log(`thread ${name} is ${state}`)
  console.log(`listening on ${server.addresses.join(', ')}`)
  process.once('SIGINT', () => void server.close())
}

main().catch(({ code, message }) => {
  console.error(`${message} (${code})`)
  process.exitCode = 1
})
