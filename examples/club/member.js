'use strict'

// Visits the club: `node member.js` as somebody that logs in, `node member.js stranger` as somebody that does not.
const { setTimeout: wait } = require('node:timers/promises')
const { createClient, createThreadList } = require('trustp2p')
const { default: HubClient } = require('@trustp2p/threads/hub-client')

/** How long a login may take, in ms. */
const LOGIN_MS = 5_000

async function main([name = 'member']) {
  const threads = name === 'stranger' ? {} : { 'hub-client': HubClient }
  const source = createThreadList(threads)
  const client = await createClient({ cwd: __dirname, name, source, log: { level: 'silent' } })
  try {
    const [club] = client.sockets
    if (club === undefined) throw new Error(`nobody answers at ${client.config.connect.join(', ')}: start server.js`)
    if ('hub-client' in threads) await logIn(client, club)
    console.log(await client.request(club, 'club/visit'))
  } finally {
    await client.close()
  }
}

/** The thread logs in by itself; a program waits until it has. */
async function logIn(client, club) {
  const endsAt = Date.now() + LOGIN_MS
  while (!(await client.threads.get('hub-client').isLoggedIn(club))) {
    if (Date.now() > endsAt) throw new Error('the club takes no login')
    await wait(20)
  }
}

main(process.argv.slice(2)).catch(({ code, message }) => {
  console.log(code === undefined ? message : `refused: ${message} (${code})`)
})
