'use strict'

// Joins the room: node chat.js <name> says what is typed; node chat.js <name> <text> says that, and leaves.
const { createInterface } = require('node:readline')
const { PackageType, Thread, createClient, createThreadList, printable } = require('trustp2p')

/** A client runs threads too: this one hears what the others say. */
class Screen extends Thread {
  get eventMap() {
    return { [PackageType.TALK]: { 'chat/said': this.onSaid } }
  }

  onSaid(_socket, message) {
    // A peer's text goes to a terminal: what a terminal obeys is taken out.
    console.log(printable(String(message.body)))
  }
}

async function main([name = '', text]) {
  const source = createThreadList({ screen: Screen })
  const client = await createClient({ cwd: __dirname, source, log: { level: 'silent' } })
  const [server] = client.sockets
  try {
    if (server === undefined) throw new Error(`nobody answers at ${client.config.connect.join(', ')}: start server.js`)
    const names = await client.request(server, 'chat/join', name)
    console.log(printable(`in the room at ${server.url}: ${names.join(', ')}`))
    if (text === undefined) await sayLines(client, server)
    else client.talk(server, 'chat/say', text)
  } finally {
    await client.close()
  }
}

/** Says each line, until Ctrl-D, Ctrl-C, or the end of the server. */
async function sayLines(client, server) {
  const lines = createInterface({ input: process.stdin })
  client.on('socket:close', () => lines.close())
  process.once('SIGINT', () => lines.close())
  for await (const line of lines) if (line !== '') client.talk(server, 'chat/say', line)
}

main(process.argv.slice(2)).catch(({ message }) => {
  console.error(printable(`error: ${message}`))
  process.exitCode = 1
})
