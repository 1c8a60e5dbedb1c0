'use strict'

// Keeps 16 requests in flight, saves new versions of the thread meanwhile, and counts what was lost.
const { readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { createClient, createThreadList } = require('trustp2p')

const FILE = join(__dirname, 'threads-available/counter.ts')
const IN_FLIGHT = 16
/** So many answers are looked at after a version that does not work, for so many ms: the server has tried it by then. */
const ENOUGH = 500
const TRIED_MS = 2_000

async function main() {
  // An empty list of threads, or the client would run that of this folder too.
  const client = await createClient({ cwd: __dirname, source: createThreadList({}), log: { level: 'silent' } })
  const text = readFileSync(FILE, 'utf8')
  try {
    const [server] = client.sockets
    if (server === undefined) throw new Error(`nobody answers at ${client.config.connect.join(', ')}: start server.js`)
    await saveVersions(text, new Asker(client, server))
  } finally {
    writeFileSync(FILE, text)
    await client.close()
  }
}

async function saveVersions(text, asker) {
  for (const version of [2, 3, 4]) {
    writeFileSync(FILE, text.replace('VERSION = 1', `VERSION = ${version}`))
    await asker.until(() => asker.version === version)
    console.log(`version ${version} answers`)
  }
  writeFileSync(FILE, `${text} )`)
  const before = asker.counts.length
  await new Promise((resolve) => setTimeout(resolve, TRIED_MS))
  await asker.until(() => asker.counts.length >= before + ENOUGH)
  console.log(`a broken file is saved: version ${asker.version} answers`)
  writeFileSync(FILE, text)
  await asker.until(() => asker.version === 1)
  console.log('the first version is saved again: version 1 answers')
  console.log(await asker.stop())
}

/** Asks without end. */
class Asker {
  version = 0
  counts = []
  failed = 0
  #ended = false
  #asking

  constructor(client, server) {
    const ask = async () => {
      while (!this.#ended) await this.#ask(client, server)
    }
    this.#asking = Promise.all(Array.from({ length: IN_FLIGHT }, ask))
  }

  /** Settles when that is so; rejects where a request fails before. */
  async until(isSo) {
    while (!isSo()) {
      if (this.failed > 0) throw new Error('a request failed')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Gives how many requests failed, how many counts came twice, and how many of them never came. */
  async stop() {
    this.#ended = true
    await this.#asking
    const { counts, failed } = this
    const different = new Set(counts).size
    const range = Math.max(...counts) - Math.min(...counts) + 1
    return { failed, twice: counts.length - different, missing: range - different }
  }

  async #ask(client, server) {
    try {
      const { version, count } = await client.request(server, 'counter/next')
      this.version = version
      this.counts.push(count)
    } catch {
      this.failed += 1
    }
  }
}

main().catch(({ message }) => {
  console.error(message)
  process.exitCode = 1
})
