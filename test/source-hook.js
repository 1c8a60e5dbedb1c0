'use strict'

/**
 * Runs this repository's TypeScript in child processes of tests: `node -r test/source-hook.js`. ts-node compiles, as in
 * `npm start`, but each text once: what it gave is kept by content beside the packages, for a test run starts hundreds
 * of processes that read the same 400 files.
 */
const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const ROOT = join(__dirname, '..')
const PROJECT = join(ROOT, 'tsconfig.json')
const CACHE = join(ROOT, 'node_modules/.cache/trustp2p-sources')
const VERSIONS = ['ts-node', 'typescript'].map((name) => require(`${name}/package.json`).version).join(' ')
const SETTINGS = `${VERSIONS}\n${process.version}\n${readFileSync(PROJECT, 'utf8')}\n`

let service

mkdirSync(CACHE, { recursive: true })
process.setSourceMapsEnabled(true)
require.extensions['.ts'] = (module, file) => module._compile(compiled(readFileSync(file, 'utf8'), file), file)

/** The file's name is part of it: the map within the code names it. */
function compiled(text, file) {
  const kept = join(CACHE, `${createHash('sha256').update(`${SETTINGS}${file}\n${text}`).digest('hex')}.js`)
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    service ??= require('ts-node').create({ transpileOnly: true, project: PROJECT })
    const code = service.compile(text, file)
    // Another process may write the same at this moment.
    const written = `${kept}.${process.pid}`
    writeFileSync(written, code)
    renameSync(written, kept)
    return code
  }
}
