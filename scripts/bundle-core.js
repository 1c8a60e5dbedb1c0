'use strict'

// Makes one file of what many processes load, from the compiled core: reading a hundred files takes longer than what is in them.
const { readFileSync, rmSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { build } = require('esbuild')

const CORE = join(__dirname, '..', 'packages', 'core')
const PACKAGES = join(__dirname, '..', 'node_modules')
const NOTICES = join(CORE, 'dist', 'THIRD-PARTY-NOTICES.txt')

const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  allowOverwrite: true,
  metafile: true,
  // A package is where it was found: a test builds beside linked ones.
  preserveSymlinks: true,
  logLevel: 'warning'
}

/**
 * A bundle takes the place of the file that `tsc` made. Of ES modules, those of libraries, only what is used goes in; a map
 * would lead to their sources, which are not in the package.
 */
const BUNDLES = [
  { entry: 'dist/host/thread-worker.js', target: 'dist/host/thread-worker.js', packages: 'external' },
  { entry: 'src/config/zod.ts', target: 'dist/config/zod.js', sourcemap: false },
  { entry: 'dist/host/blank-types.js', target: 'dist/host/blank-types.js', external: ['typescript'], sourcemap: false }
]

async function bundleCore() {
  const inputs = (await Promise.all(BUNDLES.map(bundle))).flat()
  const names = [...new Set(inputs.flatMap(packageOf))].sort()
  writeFileSync(NOTICES, names.map((name) => noticeOf(name, inputs)).join('\n'))
}

/** Gives the files that went in. */
async function bundle({ entry, target, ...options }) {
  const { metafile } = await build({
    ...OPTIONS,
    ...options,
    absWorkingDir: CORE,
    entryPoints: [entry],
    outfile: target
  })
  if (options.sourcemap === false) rmSync(join(CORE, `${target}.map`))
  return Object.keys(metafile.inputs)
}

function packageOf(file) {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]
  return name === undefined ? [] : [name]
}

/** What its licence asks for where a copy of it is given away: the bundler drops what files say of their owners. */
function noticeOf(name, inputs) {
  const { version, homepage } = JSON.parse(readFileSync(join(PACKAGES, name, 'package.json'), 'utf8'))
  const files = inputs.filter((file) => packageOf(file).includes(name)).map((file) => join(CORE, file))
  const owners = new Set(files.flatMap((file) => readFileSync(file, 'utf8').match(/\bCopyright .*/g) ?? []))
  return [`${name} ${version}, ${homepage}`, ...owners, '', readFileSync(join(PACKAGES, name, 'LICENSE'), 'utf8')].join(
    '\n'
  )
}

void bundleCore()
