import { hashOf } from './content-hash'
import { readOpened, type Steps } from './file-steps'

/** What is asked of a package.json. */
export interface PackageFile {
  readonly name: string | undefined
  readonly version: string | undefined
  readonly main: string | undefined
  /** `broken` with what tells one broken file from another. */
  readonly type: string
}

/** Reads a package.json. Gives undefined where there is none, and what Node takes for a broken one: no fields. */
export function* readPackageFile(path: string): Steps<PackageFile | undefined> {
  const opened = yield* readOpened(path, PACKAGE_FILE_BYTES)
  if (opened?.bytes === undefined) return undefined
  const fields = parseObject(new TextDecoder().decode(opened.bytes))
  if (fields === undefined)
    return { name: undefined, version: undefined, main: undefined, type: `broken ${hashOf(opened.bytes)}` }
  const { name, version, main, type } = fields
  return {
    name: typeof name === 'string' ? name : undefined,
    version: typeof version === 'string' ? version : undefined,
    main: typeof main === 'string' && main !== '' ? main : undefined,
    type: type === 'module' || type === 'commonjs' ? type : 'unsaid'
  }
}

const PACKAGE_FILE_BYTES = 1 << 20

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return undefined
  }
}
