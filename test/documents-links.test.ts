import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { listDocuments, readAnchors, readLinks, readProse, ROOT } from './documents/markdown'

const DOCUMENTS = listDocuments()
/** Words that tell a reader who is stuck that they should not be. */
const BELITTLING = /\b(?:just|simply|easy|easily|obviously|of course)\b/gi

describe('every document', () => {
  it('links to files and headings that are there', () => {
    const broken = DOCUMENTS.flatMap((document) =>
      readLinks(document)
        .filter(({ target }) => !/^[a-z]+:/.test(target) && !leads(document, target))
        .map(({ line, target }) => `${document}:${line}: ${target}`)
    )
    expect(broken).toEqual([])
  })

  it('says nothing that belittles its reader', () => {
    const found = DOCUMENTS.flatMap((document) =>
      [...readProse(document).matchAll(BELITTLING)].map(([word]) => `${document}: ${word}`)
    )
    expect(found).toEqual([])
  })

  it('is reached from the README', () => {
    const reached = new Set(['README.md'])
    for (const document of reached) {
      for (const { target } of readLinks(document)) {
        const path = join(dirname(document), fileOf(target))
        if (path.endsWith('.md') && existsSync(join(ROOT, path))) reached.add(path)
      }
    }
    const own = DOCUMENTS.filter((document) => /^(?:docs|examples)\//.test(document))
    expect(own.filter((document) => !reached.has(document))).toEqual([])
  })
})

function leads(document: string, target: string): boolean {
  const path = target.startsWith('#') ? document : join(dirname(document), fileOf(target))
  const [, anchor] = target.split('#')
  if (!existsSync(join(ROOT, path))) return false
  return anchor === undefined || readAnchors(path).has(anchor)
}

function fileOf(target: string): string {
  return target.split('#')[0] ?? ''
}
