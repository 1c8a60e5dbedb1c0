'use strict'

// Signs the guestbook and reads it: first with the server's own contract, then with two other versions of it.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { createClient, createThreadList, defineContract } = require('trustp2p')

const PROTO = readFileSync(join(__dirname, 'threads-available/guestbook.proto'), 'utf8')
/** What a newer program would have: one more field. */
const NEWER = PROTO.replace('Mood mood = 3;', 'Mood mood = 3;\n  string country = 4;')
/** What must not happen: a number that means something else. */
const WRONG = PROTO.replace('string text = 2;', 'int32 text = 2;')

async function main() {
  await visit(PROTO, async (client, server, { sign, read }) => {
    const { number } = await client.request(server, sign, { name: 'Ada', text: 'Well counted.', mood: 1 })
    console.log(`entry ${number}`)
    console.log(await client.request(server, read, { most: 1 }))
    await client.request(server, sign, { name: 'Bob', text: 7 }).catch(report)
  })
  await visit(NEWER, async (client, server, { sign }) => {
    const { number } = await client.request(server, sign, { name: 'Carol', text: 'Hello!', country: 'CH' })
    console.log(`entry ${number}`)
  })
  await visit(WRONG, async (client, server, { sign, read }) => {
    await client.request(server, sign, { name: 'Dan', text: 7 }).catch(report)
    await client.request(server, read, { most: 1 }).catch(report)
  })
}

/** Connects with a version of the contract, and goes again. */
async function visit(proto, act) {
  const { Guestbook } = defineContract(proto, { file: 'guestbook.proto' })
  // An empty list of threads, or the client would run that of this folder too.
  const options = { cwd: __dirname, source: createThreadList({}), contracts: [Guestbook], log: { level: 'silent' } }
  const client = await createClient(options)
  try {
    const [server] = client.sockets
    if (server === undefined) throw new Error(`nobody answers at ${client.config.connect.join(', ')}: start server.js`)
    await act(client, server, Guestbook)
  } finally {
    await client.close()
  }
}

function report({ code, message }) {
  console.log(`${code}: ${message}`)
}

main().catch(({ message }) => {
  console.error(message)
  process.exitCode = 1
})
