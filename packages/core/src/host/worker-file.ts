import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { hashOf } from './content-hash'

/** From source a worker is TypeScript, too. */
const ENDING = extname(__filename)

let bundled: string | undefined

/**
 * The file that the worker of a thread starts with. The build makes one file of all that it consists of, since loading
 * a hundred of them would double the time that a worker starts in; it lies here, so that `__dirname` is right in it.
 */
export function workerFile(): string {
  const file = join(__dirname, `thread-worker${ENDING}`)
  return ENDING === '.ts' ? (bundled ??= bundleSource(file)) : file
}

/** What esbuild is asked for, and gives. */
interface Bundler {
  buildSync(options: object): { readonly outputFiles: readonly { readonly text: string }[] }
}

/** In this repository, run from source, the same is done on first use. */
function bundleSource(entry: string): string {
  const repository = join(__dirname, '../../../..')
  const bundler = createRequire(__filename)('esbuild') as Bundler
  const options = { bundle: true, platform: 'node', target: 'node20', packages: 'external', write: false }
  const [output] = bundler.buildSync({ ...options, entryPoints: [entry], logLevel: 'silent' }).outputFiles
  if (output === undefined) throw new TypeError(`${entry} was not bundled`)
  const folder = join(repository, 'node_modules/.cache/trustp2p')
  const file = join(folder, `thread-worker-${hashOf(output.text).replaceAll(/\W/g, '')}.cjs`)
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${file}.${process.pid}`, output.text)
  renameSync(`${file}.${process.pid}`, file)
  return file
}
