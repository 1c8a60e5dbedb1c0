import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as trustp2p from 'trustp2p'
import * as browser from '@trustp2p/browser'
import * as store from '@trustp2p/store'
import * as testing from '@trustp2p/testing'
import { FROM_SOURCE } from '../from-source'
import { ROOT } from './markdown'

const NODE = [process.execPath, ...FROM_SOURCE]
const CLI = [...NODE, join(ROOT, 'packages/cli/src/main.ts')]

/** Commands by name, as shell scripts: what a reader has installed is served from source. */
const COMMANDS = {
  node: `exec ${quoteAll(NODE)} "$@"`,
  'trustp2p-cli': `exec ${quoteAll(CLI)} "$@"`,
  npx: `case "$1" in
  trustp2p-cli) shift; exec trustp2p-cli "$@" ;;
  esbuild) shift; exec ${quoteAll([join(ROOT, 'node_modules/.bin/esbuild')])} --conditions=@trustp2p/source "$@" ;;
  *) echo "npx $1 has no runner" >&2; exit 127 ;;
esac`,
  // Installing and building: the stage has all that they would bring. Testing: it is what runs this.
  npm: `case "$*" in
  ci | install | "run build" | test) exit 0 ;;
  "install --save-dev @trustp2p/testing" | "install @trustp2p/store" | "install trustp2p @trustp2p/browser") exit 0 ;;
  start)
    script=$(${quoteAll([process.execPath])} -p 'require("./package.json").scripts.start')
    exec sh -c "exec \${script#exec }" ;;
  *) echo "npm $* has no runner" >&2; exit 127 ;;
esac`
}

/**
 * A temporary folder for the commands of one document. \`import 'trustp2p'\` of a program in it gives the sources:
 * Node's own \`import\` takes no TypeScript, so a package of JavaScript stands between.
 */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'trustp2p-documents-'))
  readonly root = join(this.folder, 'root')
  readonly environment: NodeJS.ProcessEnv

  constructor() {
    const bin = join(this.folder, 'bin')
    for (const [name, script] of Object.entries(COMMANDS)) {
      this.write(join('bin', name), `#!/bin/sh\n${script}\n`)
      chmodSync(join(bin, name), 0o755)
    }
    this.#addPackage('trustp2p', 'core', trustp2p)
    this.#addPackage('@trustp2p/testing', 'testing', testing)
    this.#addPackage('@trustp2p/store', 'store', store)
    this.#addPackage('@trustp2p/browser', 'browser', browser)
    for (const name of ['ts-node', 'ws']) {
      symlinkSync(join(ROOT, 'node_modules', name), join(this.folder, 'node_modules', name))
    }
    this.#serveBrowsers()
    mkdirSync(this.root)
    const { PATH = '', ...environment } = process.env
    const ours = Object.entries(environment).filter(([name]) => !/^(npm_|TRUSTP2P_|JEST_|NODE_)/.test(name))
    this.environment = {
      ...Object.fromEntries(ours),
      PATH: `${bin}:${PATH}`,
      TS_NODE_PROJECT: join(ROOT, 'tsconfig.json')
    }
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  /** Has the standard threads as a package of the project, as all examples of a clone have them. */
  addThreads(): void {
    symlinkSync(join(ROOT, 'threads-available'), join(this.folder, 'node_modules/@trustp2p/threads'))
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** What bundlers for browsers take in place of `trustp2p`. */
  #serveBrowsers(): void {
    const main = { name: 'trustp2p', type: 'commonjs', main: 'index.js', browser: 'browser.js' }
    this.write('node_modules/trustp2p/package.json', JSON.stringify(main))
    const source = JSON.stringify(join(ROOT, 'packages/core/src/browser.ts'))
    this.write('node_modules/trustp2p/browser.js', `module.exports = require(${source})\n`)
  }

  #addPackage(name: string, folder: string, api: object): void {
    const path = join('node_modules', name)
    const source = JSON.stringify(join(ROOT, 'packages', folder, 'src/index.ts'))
    // One by one: only so does Node see the names for an `import`.
    const names = Object.keys(api).map((key) => `exports.${key} = api.${key}\n`)
    this.write(join(path, 'package.json'), JSON.stringify({ name, type: 'commonjs', main: 'index.js' }))
    this.write(join(path, 'index.js'), `const api = require(${source})\n${names.join('')}`)
  }
}

function quoteAll(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' ')
}
