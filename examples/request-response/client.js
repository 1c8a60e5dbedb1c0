'use strict'

// Votes, counts, asks for what is wrong, and goes.
const { createClient, createThreadList } = require('trustp2p')

async function main() {
  // An empty list, or the client would run the threads of this folder too.
  const client = await createClient({ cwd: __dirname, source: createThreadList({}), log: { level: 'silent' } })
  try {
    const [server] = client.sockets
    if (server === undefined) throw new Error(`nobody answers at ${client.config.connect.join(', ')}: start server.js`)
    await vote(client, server)
  } finally {
    await client.close()
  }
}

async function vote(client, server) {
  client.talk(server, 'tally/reset')
  await client.request(server, 'tally/vote', { choice: 'tea' })
  await client.request(server, 'tally/vote', { choice: 'coffee' })
  console.log(await client.request(server, 'tally/vote', { choice: 'tea' }))

  const [neighbour] = await client.broadcast('tally/count')
  console.log(neighbour.status, neighbour.body)

  await client.request(server, 'tally/vote', { choise: 'tea' }).catch(({ code, message }) => {
    console.log(`refused: ${message} (${code})`)
  })
}

main().catch(({ message }) => {
  console.error(message)
  process.exitCode = 1
})
