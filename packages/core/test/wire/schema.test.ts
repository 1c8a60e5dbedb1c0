import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(__dirname, '..', '..', '..', '..')

// In a process of its own: the generator reads the schema with parsers that jest need not load.
const GENERATE = `require('./scripts/generate-schema').generateSchema().then((files) => console.log(JSON.stringify(files)))`

describe('packages/core/gen', () => {
  it('is what scripts/generate-schema.js makes of proto/package.proto now', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', GENERATE], { cwd: root })
    const files = JSON.parse(stdout) as Record<string, string>
    expect(Object.keys(files).length).toBe(2)
    for (const [path, text] of Object.entries(files)) expect(await readFile(path, 'utf8')).toBe(text)
  })
})
