import * as z from './zod'
import { nearestName } from '../nearest-name'
import { nodeSchema } from './schema'

/** A wrong key of at most this many letters is like too many others to look for it in other sections. */
const SHORT_KEY = 3

/** Stands for any name in a path: `threads.<name>.config`. */
const ANY_NAME = '<name>'

/** What a key of a section leads to: its schema, `unknown` where anything goes, undefined where there is no such key. */
export function childSchema(schema: z.core.$ZodType, key: string): z.core.$ZodType | undefined {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodMiniObject) {
    const shape: Readonly<Record<string, z.core.$ZodType>> = inner.shape
    return Object.hasOwn(shape, key) ? shape[key] : undefined
  }
  if (inner instanceof z.ZodMiniRecord) return inner.def.valueType
  return inner instanceof z.ZodMiniUnknown ? inner : undefined
}

/** The keys of a section; empty where they are free. */
export function keysOf(schema: z.core.$ZodType): string[] {
  const inner = unwrap(schema)
  return inner instanceof z.ZodMiniObject ? Object.keys(inner.shape) : []
}

/** True where the keys are names that users choose. */
export function hasFreeKeys(schema: z.core.$ZodType): boolean {
  const inner = unwrap(schema)
  return inner instanceof z.ZodMiniRecord || inner instanceof z.ZodMiniUnknown
}

/** The schema of a path that is valid so far, or undefined. */
export function schemaAt(path: readonly string[]): z.core.$ZodType | undefined {
  return path.reduce<z.core.$ZodType | undefined>((schema, key) => schema && childSchema(schema, key), nodeSchema)
}

/** The valid path that is most like one whose last key is wrong: a sister key first, else a key of any section. */
export function nearestPath(path: readonly string[]): readonly string[] | undefined {
  const [section, key] = [path.slice(0, -1), path.at(-1) ?? '']
  const schema = schemaAt(section)
  const sister = schema && nearestName(key, keysOf(schema))
  if (sister !== undefined) return [...section, sister]
  const paths = allPaths(nodeSchema, [])
  const last =
    key.length <= SHORT_KEY
      ? undefined
      : nearestName(
          key,
          paths.map((known) => known.at(-1) ?? '')
        )
  return paths.find((known) => last !== undefined && known.at(-1) === last)
}

function allPaths(schema: z.core.$ZodType, prefix: readonly string[]): string[][] {
  const inner = unwrap(schema)
  const keys = inner instanceof z.ZodMiniRecord ? [ANY_NAME] : keysOf(inner)
  return keys.flatMap((key) => {
    const path = [...prefix, key]
    const child = childSchema(inner, key)
    return [...(key === ANY_NAME ? [] : [path]), ...(child ? allPaths(child, path) : [])]
  })
}

/** The schema of a value itself, where it is optional. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodMiniExactOptional ? unwrap(schema.def.innerType) : schema
}
