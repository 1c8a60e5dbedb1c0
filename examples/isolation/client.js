'use strict'

// Has one thread do harm, and asks its neighbour throughout.
const { createClient, createThreadList } = require('trustp2p')

const HARM = ['throw', 'exit', 'loop', 'fill']

async function main() {
  // No threads of this folder, and not its configuration, which is that of the server.
  const options = { source: createThreadList({}), configFile: false, log: { level: 'silent' } }
  const client = await createClient({ cwd: __dirname, ...options })
  try {
    const [server] = client.sockets
    if (server === undefined) throw new Error(`nobody answers at ${client.config.connect.join(', ')}: start server.js`)
    for (const harm of HARM) await provoke(client, server, harm)
  } finally {
    await client.close()
  }
}

async function provoke(client, server, harm) {
  let isOver = false
  const asked = client.request(server, `risky/${harm}`).catch(({ code }) => code)
  const over = asked.then(() => (isOver = true))
  let answers = 0
  while (!isOver) {
    // Rejects, and ends all of this, where the neighbour suffers.
    await client.request(server, 'steady/ping', null, { timeoutMs: 5_000 })
    answers += 1
  }
  await over
  console.log(`${harm}: ${await asked}; its neighbour has answered ${answers > 0 ? 'throughout' : 'nothing'}`)
  await untilBack(client, server)
}

/** Asks until the thread was started again. */
async function untilBack(client, server) {
  for (;;) {
    const answer = await client.request(server, 'risky/ping').catch(({ code }) => code)
    if (answer === 'pong') return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

main().catch(({ message }) => {
  console.error(message)
  process.exitCode = 1
})
