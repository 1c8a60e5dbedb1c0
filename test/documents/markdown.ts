import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(__dirname, '../..')

/** A fenced block of code. */
export interface Block {
  /** The document, relative to the root. */
  readonly document: string
  /** Line of the fence, counted from 1. */
  readonly line: number
  readonly language: string
  /** What follows the language: the file that the block is, or the command whose output it shows. */
  readonly title: string
  readonly text: string
}

/** A link of a document, with its text. */
export interface Link {
  readonly line: number
  readonly target: string
}

const FENCE = /^ *(`{3,}|~{3,})(.*)$/
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'coverage'])

/** Every Markdown file of the repository, relative to the root, in name order. */
export function listDocuments(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !SKIPPED_FOLDERS.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return listDocuments(path)
      return entry.name.endsWith('.md') ? [path] : []
    })
    .sort()
}

export function readDocument(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8')
}

export function readBlocks(document: string): Block[] {
  const blocks: Block[] = []
  let open: { fence: string; line: number; info: string; lines: string[] } | undefined
  for (const [index, line] of readDocument(document).split('\n').entries()) {
    const [, fence = '', info = ''] = FENCE.exec(line) ?? []
    if (open === undefined) {
      if (fence !== '') open = { fence, line: index + 1, info: info.trim(), lines: [] }
    } else if (fence.startsWith(open.fence) && info.trim() === '') {
      const [language = '', ...title] = open.info.split(' ')
      const text = open.lines.map((each) => `${each}\n`).join('')
      blocks.push({ document, line: open.line, language, title: title.join(' '), text })
      open = undefined
    } else open.lines.push(line)
  }
  if (open !== undefined) throw new Error(`${document}:${open.line}: the block has no end`)
  return blocks
}

/** The text of a document without its code: blocks and `spans` are blank, lines stay where they are. */
export function readProse(document: string): string {
  let fence: string | undefined
  const lines = readDocument(document).split('\n')
  const prose = lines.map((line) => {
    const [, mark = ''] = FENCE.exec(line) ?? []
    if (mark === '') return fence === undefined ? line : ''
    if (fence === undefined) fence = mark
    else if (mark.startsWith(fence)) fence = undefined
    return ''
  })
  return prose.join('\n').replaceAll(/`[^`\n]*`/g, '')
}

export function readLinks(document: string): Link[] {
  return readProse(document)
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ line: index + 1, target }))
    )
}

/** The anchors of a document's headings, as GitHub makes them. */
export function readAnchors(document: string): Set<string> {
  const headings = readDocument(document).matchAll(/^#+ (.*)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-')
    )
  )
}
