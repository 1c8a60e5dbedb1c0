import type { ConfigFlag } from './config'
import { schemaAt } from './schema-keys'
import type { ReadSettings } from './setting'
import { interpretText, partition, unknownPath } from './setting'

/** Reads flags, in their order. */
export function readFlags(flags: readonly ConfigFlag[]): ReadSettings {
  return partition(
    flags.map(({ flag, path, value }) => {
      const keys = path.split('.')
      const origin = `the flag ${flag}`
      if (schemaAt(keys) === undefined) return unknownPath(keys, value, origin)
      return { path: keys, value: typeof value === 'string' ? interpretText(value, keys) : value, origin }
    })
  )
}
