'use strict'

// Checks what each published package says of itself against what it would ship.
const { readdirSync, readFileSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '..')

/** Codes of messages that do not hold: a thread is the default export of a module that the node's loader reads. */
const ACCEPTED = { '@trustp2p/threads': ['CJS_WITH_ESMODULE_DEFAULT_EXPORT'] }

function publishedFolders() {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  return [...folders, join(root, 'threads-available')].filter((folder) => !readManifest(folder).private)
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

async function main() {
  const { publint } = await import('publint')
  const { formatMessage } = await import('publint/utils')
  let failed = false
  for (const folder of publishedFolders()) {
    const manifest = readManifest(folder)
    const accepted = ACCEPTED[manifest.name] ?? []
    const { messages: all } = await publint({ pkgDir: folder, strict: true })
    const messages = all.filter(({ code }) => !accepted.includes(code))
    for (const message of messages) console.error(`${manifest.name}: ${formatMessage(message, manifest)}`)
    failed ||= messages.length > 0
    console.log(`${manifest.name}: ${messages.length} messages`)
  }
  process.exitCode = failed ? 1 : 0
}

void main()
