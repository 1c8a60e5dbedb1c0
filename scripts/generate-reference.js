'use strict'

// Writes pages of docs/reference, and the JSON schema for editors, from the sources they tell of. Run it through ts-node
// (`npm run generate`).
const { readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const prettier = require('prettier')
const { configurationPage } = require('./reference/configuration-page')
const { editorSchema } = require('./reference/editor-schema')
const { errorPage } = require('./reference/error-page')
const { limitPage } = require('./reference/limit-page')
const { securityPage } = require('./reference/security-page')

const root = join(__dirname, '..')

/** Gives the generated pages as { path: text }, paths relative to the project root. */
async function generateReference() {
  const pages = {
    'docs/reference/configuration.md': configurationPage(),
    'docs/reference/errors.md': errorPage(),
    'docs/reference/limits.md': limitPage(),
    'docs/reference/security.md': securityPage(readFileSync(join(root, 'docs/reference/security.md'), 'utf8')),
    'packages/core/trustp2p.config.schema.json': editorSchema()
  }
  const options = await prettier.resolveConfig(join(root, 'package.json'))
  const formatted = Object.entries(pages).map(async ([path, text]) => [
    path,
    await prettier.format(text, { ...options, filepath: path })
  ])
  return Object.fromEntries(await Promise.all(formatted))
}

/** Writes the pages; with \`--print\` writes them to standard output as JSON instead, for the test that compares. */
async function main() {
  const pages = await generateReference()
  if (process.argv.includes('--print')) process.stdout.write(JSON.stringify(pages))
  else for (const [path, text] of Object.entries(pages)) writeFileSync(join(root, path), text)
}

void main()
