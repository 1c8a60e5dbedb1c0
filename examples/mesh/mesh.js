'use strict'

// Nodes that know one address find the others, with the standard thread peer-exchange, as it is linked in this folder.
const { createNode } = require('trustp2p')

function start(name, connect) {
  return createNode({
    cwd: __dirname,
    name,
    connect,
    listen: ['tcp://127.0.0.1:0'],
    threads: { 'peer-exchange': { config: { everyMs: 500 } } },
    log: { level: 'silent' }
  })
}

/** Waits until each node has a socket to each other. */
async function meet(nodes) {
  const knows = (node, { id }) => id === node.id || node.sockets.some(({ peerId }) => peerId === id)
  while (!nodes.every((node) => nodes.every((other) => knows(node, other)))) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return nodes.map(({ config }) => config.name).join(', ')
}

async function main() {
  const first = await start('first', [])
  const [second, third] = await Promise.all([start('second', first.addresses), start('third', first.addresses)])
  console.log('all three have met:', await meet([first, second, third]))

  await first.close()
  const fourth = await start('fourth', second.addresses)
  console.log('the first has gone; one more has come:', await meet([second, third, fourth]))

  await third.close()
  const again = await start('third', [])
  console.log('back by what it remembers, without an address:', await meet([second, again, fourth]))

  for (const node of [second, again, fourth]) await node.close()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
