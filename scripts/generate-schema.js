'use strict'

// Writes packages/core/gen/ from proto/: static code, so that nothing is compiled at run time.
const { mkdirSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { promisify } = require('node:util')
const { pbjs, pbts } = require('protobufjs-cli')

const root = join(__dirname, '..')
const SOURCE = join('proto', 'package.proto')
const STATIC_OPTIONS = ['-t', 'static-module', '-w', 'commonjs', '-r', 'trustp2p', '--no-create', '--no-delimited', '--no-service']

/** Gives the generated files as { path: text }, paths relative to the project root. */
async function generateSchema() {
  process.chdir(root)
  const code = await promisify(pbjs.main)([...STATIC_OPTIONS, SOURCE])
  const target = join('packages', 'core', 'gen', 'package.js')
  mkdirSync(join(root, 'packages', 'core', 'gen'), { recursive: true })
  writeFileSync(join(root, target), code)
  const types = await promisify(pbts.main)([target])
  return { [target]: code, [join('packages', 'core', 'gen', 'package.d.ts')]: types }
}

async function main() {
  const files = await generateSchema()
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text)
}

module.exports = { generateSchema }
if (require.main === module) void main()
