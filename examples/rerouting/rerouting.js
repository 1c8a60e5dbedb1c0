'use strict'

// Two servers and a client that moves on from the one that does not answer.
const { PackageType, Thread, createClient, createServer, createThreadList } = require('trustp2p')

/** Works for whoever asks, unless it is stuck. */
class Worker extends Thread {
  get eventMap() {
    return { [PackageType.REQUEST]: { work: this.onWork } }
  }

  onWork(_socket, message) {
    return this.config.stuck ? new Promise(() => {}) : `${this.config.name} has done ${message.body}`
  }
}

function serve(name, stuck) {
  return createServer({
    cwd: __dirname,
    source: createThreadList({ worker: Worker }),
    listen: ['ws://127.0.0.1:0'],
    threads: { worker: { config: { name, stuck }, drainTimeoutMs: 0 } },
    log: { level: 'silent' }
  })
}

async function main() {
  const [first, second] = await Promise.all([serve('the first', true), serve('the second', false)])
  const client = await createClient({
    // The servers share a folder, and so one identity.
    peers: { closeDuplicates: false },
    cwd: __dirname,
    source: createThreadList({}),
    connect: [...first.addresses, ...second.addresses],
    request: { stalledMs: 500 },
    log: { level: 'silent' }
  })
  const toFirst = client.sockets.find(({ url }) => url === first.addresses[0])

  console.log('a server that is stuck:', await client.request(toFirst, 'work', 'task 1', { reroute: true }))

  const answer = client.request(toFirst, 'work', 'task 2', { reroute: true })
  await first.close()
  console.log('a server that goes:', await answer)

  const answers = await Promise.all(
    [3, 3, 3].map((n) => client.request(client.sockets[0], 'work', `task ${n}`, { coalesce: true }))
  )
  console.log(`${answers.length} who ask the same:`, new Set(answers))
  const { reroutedRequests, coalescedRequests } = client.status().counters
  console.log({ reroutedRequests, coalescedRequests })
  await Promise.all([client.close(), second.close()])
}

main().catch(({ code, message }) => {
  console.error(`${message} (${code})`)
  process.exitCode = 1
})
