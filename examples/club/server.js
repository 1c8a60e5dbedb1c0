'use strict'

// A club: the threads of this folder, and the standard thread of hubs, until Ctrl-C.
const { createServer } = require('trustp2p')

async function main() {
  const club = await createServer({ cwd: __dirname, log: { level: 'warn' } })
  for (const { name, state } of club.threads.list()) console.log(`thread ${name} is ${state}`)
  console.log(`what members did is kept by ${club.status().store}`)
  console.log(`listening on ${club.addresses.join(', ')}`)
  process.once('SIGINT', () => void club.close())
}

main().catch(({ code, message }) => {
  console.error(`${message} (${code})`)
  process.exitCode = 1
})
