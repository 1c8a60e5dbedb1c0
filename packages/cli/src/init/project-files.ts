import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { libraryVersion } from '../library-version'
import type { NewFile } from '../write-new'

const TEMPLATES = join(__dirname, '../../templates/project')

/** Path in the project, and the template that it is a copy of: npm would drop a file called `.gitignore`. */
const COPIES = [
  ['README.md', 'README.md'],
  ['.gitignore', 'gitignore'],
  ['threads-available/hello.mjs', 'threads-available/hello.mjs']
] as const

/** The files of a new project in that folder. */
export function projectFiles(folder: string): NewFile[] {
  return [
    { path: 'package.json', text: packageJson(folder) },
    { path: 'trustp2p.config.json', text: CONFIG_FILE, unless: ['trustp2p.config.yaml', 'trustp2p.config.yml'] },
    ...COPIES.map(([path, template]) => ({ path, text: readFileSync(join(TEMPLATES, template), 'utf8') }))
  ]
}

/** Something to edit, and what makes editors check and complete it. */
const CONFIG_FILE = `{
  "$schema": "./node_modules/trustp2p/trustp2p.config.schema.json",
  "log": { "level": "info" }
}
`

/** `exec`, so that what npm is told reaches the node: the shell between them passes no signal on. */
const START_SCRIPT = 'exec trustp2p-cli start'

function packageJson(folder: string): string {
  const version = `^${libraryVersion()}`
  const manifest = {
    name: packageName(basename(folder)),
    private: true,
    type: 'module',
    scripts: { start: START_SCRIPT },
    dependencies: { trustp2p: version, 'trustp2p-cli': version }
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

/** Gives a name that npm takes: at most 214 of its letters, none of the first ones a dot or an underscore. */
function packageName(folderName: string): string {
  const name = folderName
    .toLowerCase()
    .replaceAll(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[._~-]+/, '')
    .slice(0, 214)
  return name === '' ? 'node' : name
}
