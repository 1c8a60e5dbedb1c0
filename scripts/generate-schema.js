'use strict'

// Writes packages/core/gen/ from proto/: static code, so that nothing is compiled at run time.
const { mkdtemp, rm, writeFile } = require('node:fs/promises')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { promisify } = require('node:util')
const { pbjs, pbts } = require('protobufjs-cli')

const root = join(__dirname, '..')
const SOURCE = join(root, 'proto', 'package.proto')
const TARGET = join(root, 'packages', 'core', 'gen')
const STATIC_OPTIONS = [
  '-t',
  'static-module',
  '-w',
  'commonjs',
  '-r',
  'trustp2p',
  '--no-create',
  '--no-delimited',
  '--no-service'
]

/** Gives the generated files as { absolute path: text }. Touches nothing in the project. */
async function generateSchema() {
  const folder = await mkdtemp(join(tmpdir(), 'trustp2p-schema-'))
  try {
    const code = await promisify(pbjs.main)([...STATIC_OPTIONS, SOURCE])
    const file = join(folder, 'package.js')
    await writeFile(file, code)
    const types = await promisify(pbts.main)([file])
    return { [join(TARGET, 'package.js')]: code, [join(TARGET, 'package.d.ts')]: types }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeSchema() {
  for (const [path, text] of Object.entries(await generateSchema())) await writeFile(path, text)
}

module.exports = { generateSchema }
if (require.main === module) void writeSchema()
