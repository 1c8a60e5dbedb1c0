import { isPlainObject } from './plain'

/** Sections that hold what nobody but the node should know, and the keys in them that anybody may. */
const SECTIONS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['proxy', new Set(['direct'])],
  ['network', new Set(['keyFile'])]
])

/** Stands for what is not shown. */
const HIDDEN = '***'

/** What of a value may be shown in a report, a list or a log: secrets in it are `***`. */
export function withoutSecrets(value: unknown, path: readonly string[] = []): unknown {
  const [section, key] = path
  const known = section === undefined ? undefined : SECTIONS.get(section)
  if (section !== undefined && known === undefined) return value
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutSecrets(one, [...path, name])]))
  }
  if (known === undefined || value === '' || (key !== undefined && known.has(key))) return value
  return section === 'proxy' && key === 'url' ? withoutUser(String(value)) : HIDDEN
}

/** An address without what stands before the last "@": also where that is no address yet. */
function withoutUser(url: string): string {
  return url.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, `$1${HIDDEN}@`)
}
