import type { ConfigFlag } from './config'
import type { ConfigFile } from './config-file'
import type { Variable } from './environment'
import { readVariables } from './environment'
import { readFlags } from './flags'
import type { Origin, ReadSettings } from './setting'

/** What was given over the defaults, by whom. */
export interface GivenConfig {
  readonly file: ConfigFile | undefined
  readonly variables: readonly Variable[]
  readonly flags: readonly ConfigFlag[]
  readonly code: unknown
}

/** The settings of each layer, the weakest first; those that say nothing are left out. */
export function readLayers({ file, variables, flags, code }: GivenConfig): ReadSettings[] {
  const layers = [
    ...(file === undefined ? [] : [whole(file.value, fileOrigin(file))]),
    readVariables(variables),
    readFlags(flags),
    whole(code, 'code')
  ]
  return layers.filter(({ settings, problems }) => settings.length + problems.length > 0)
}

function whole(value: unknown, origin: Origin): ReadSettings {
  return { settings: [{ path: [], value, origin }], problems: [] }
}

function fileOrigin(file: ConfigFile): Origin {
  return (path) => {
    const place = file.place(path)
    return place === undefined ? file.name : `${file.name}:${place.line}:${place.column}`
  }
}
