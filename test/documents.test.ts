import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { listDocuments, readBlocks, ROOT } from './documents/markdown'
import type { Block } from './documents/markdown'
import { Stage } from './documents/stage'
import { Walk } from './documents/walk'
import { disposeAll, disposeLater } from './project'

/** Every command of a document is a process that loads its TypeScript first. */
const WALK_MS = 180_000
const README_MS = 60_000

const DOCUMENTS = [
  ...[
    'README.md',
    'packages/core/README.md',
    'packages/cli/README.md',
    'packages/testing/README.md',
    'packages/store/README.md',
    'packages/browser/README.md'
  ],
  ...listDocuments('docs/guides'),
  ...listDocuments('examples')
]

/** The requirements that the walk of a document shows, where it shows all of them. */
const NUMBERS = new Map([
  ['docs/guides/your-first-thread.md', 'U1 '],
  ['docs/guides/reloading-without-losing-a-call.md', 'U2 '],
  ['docs/guides/isolating-a-thread.md', 'U4 '],
  ['docs/guides/typed-messages.md', 'U5 '],
  ['docs/guides/finding-out-why.md', 'U8 '],
  ['examples/reloading/README.md', 'U2 '],
  ['examples/isolation/README.md', 'U4 ']
])

/** Documents whose blocks are no steps of a reader. */
const CHECKED_ELSEWHERE = new Map([
  ['docs/reference/commands.md', 'packages/cli/test/commands-page.test.ts runs its commands'],
  ['docs/reference/configuration.md', 'packages/core/test/config/editor-schema.test.ts reads its files'],
  ['docs/reference/node.md', 'packages/core/test/host/control/control-page.test.ts runs its program'],
  ['docs/reference/peer-exchange.md', 'test/peer-exchange-settings.test.ts holds its bodies and tables to the thread'],
  ['docs/reference/wire.md', 'packages/core/test/wire/wire-reference.test.ts encodes its packages'],
  ['packages/bench/README.md', 'its one block is a command that takes minutes']
])

/** Examples whose programs import a standard thread; to others the command line brings them. */
const IMPORT_THREADS = new Set(['examples/club/README.md'])

/** What a reader of a document has before the first command. */
function prepareStage(document: string, stage: Stage): void {
  const { root } = stage
  const copy = (from: string, to = from): void =>
    cpSync(join(ROOT, from), join(root, to), { recursive: true, verbatimSymlinks: true })
  if (document === 'README.md') {
    for (const path of ['package.json', 'threads-available', 'threads-enabled']) copy(path)
    symlinkSync(join(ROOT, 'packages'), join(root, 'packages'))
  } else if (document.startsWith('examples/')) copy(dirname(document), '.')
  if (IMPORT_THREADS.has(document)) stage.addThreads()
}

afterEach(disposeAll)

describe('a reader who does what a document says', () => {
  it.each(DOCUMENTS.map((document) => [`${NUMBERS.get(document) ?? ''}sees what it shows: ${document}`, document]))(
    '%s',
    async (_title, document) => {
      const stage = new Stage()
      disposeLater(() => stage.dispose())
      prepareStage(document, stage)
      const walk = new Walk(stage, readBlocks(document))
      disposeLater(() => walk.dispose())
      await walk.run()
      expect(walk.unused).toEqual([])
    },
    WALK_MS
  )

  it('links, edits, points elsewhere and removes a thread where the guide on threads is walked', () => {
    const commands = readBlocks('docs/guides/your-first-thread.md')
      .filter(({ language }) => language === 'sh')
      .map(({ text }) => text)
      .join('')
    for (const part of ['ln -s ', 'ln -sfn ', 'echo ', 'rm threads-enabled/']) expect(commands).toContain(part)
  })
})

describe('code of a document', () => {
  it('is forgotten nowhere', () => {
    const forgotten = listDocuments()
      .filter((document) => !DOCUMENTS.includes(document) && !CHECKED_ELSEWHERE.has(document))
      .flatMap(readBlocks)
    expect(forgotten.map(({ document, line }) => `${document}:${line}`)).toEqual([])
  })

  it(
    'has no mistake in its types',
    () => {
      const stage = new Stage()
      disposeLater(() => stage.dispose())
      const blocks = DOCUMENTS.flatMap(readBlocks).filter(({ language }) => language === 'ts')
      expect(blocks.length).toBeGreaterThan(0)
      expect(typeErrors(stage.root, blocks)).toEqual([])
    },
    README_MS
  )
})

/** Checks the TypeScript of documents as an editor does in a project with `"strict": true`. */
function typeErrors(folder: string, blocks: readonly Block[]): string[] {
  const places = new Map(blocks.map((block) => [saveBlock(folder, block), block]))
  const program = ts.createProgram([...places.keys()], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
    paths: { trustp2p: [join(ROOT, 'packages/core/src/index.ts')] }
  })
  return [...places].flatMap(([file, block]) =>
    [
      ...program.getSyntacticDiagnostics(program.getSourceFile(file)),
      ...program.getSemanticDiagnostics(program.getSourceFile(file))
    ].map(({ messageText, start = 0 }) => {
      const line = block.text.slice(0, start).split('\n').length + block.line
      return `${block.document}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  )
}

function saveBlock(folder: string, { document, title, text }: Block): string {
  const file = join(folder, document.replaceAll('/', '-'), title)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}
