import { A_RULE, isRule, MOST_RULES } from '../deliver/peer-rules'
import * as z from './zod'

/** Holds the keys and types of a schema equal to an interface of config.ts. */
export type ShapeOf<T> = { readonly [Key in keyof T]-?: z.ZodMiniType<T[Key]> }

/** What is told of a key. */
interface KeyFacts {
  readonly description: string
  /** The value, as JSON, that switches off what the key is about. */
  readonly off?: string
  readonly unit?: string
}

export const AN_OBJECT = 'an object'
export const GIBIBYTE = 1024 * 1024 * 1024
export const MILLION = 1_000_000
/** In ms: no timer waits for what is so long. */
export const TEN_YEARS_MS = 10 * 365 * 86_400_000

/** Adds facts to a schema that is of one key alone; what was told of it before stays. */
export function described<T extends z.ZodMiniType>(schema: T, facts: Partial<KeyFacts>): T {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), ...facts })
  return schema
}

export function wholeNumber(from: number, to: number, unit: string): z.ZodMiniType<number> {
  const expected = `a whole number from ${from} to ${to} (${unit})`
  return described(z.int(expected).check(z.minimum(from, expected), z.maximum(to, expected)), { unit })
}

export function number(from: number, to: number): z.ZodMiniType<number> {
  const expected = `a number from ${from} to ${to}`
  return z.number(expected).check(z.minimum(from, expected), z.maximum(to, expected))
}

export function text(pattern: RegExp, expected: string): z.ZodMiniType<string, string> {
  return z.string(expected).check(z.regex(pattern, expected))
}

export function filePath(): z.ZodMiniType<string> {
  return text(/^[^\0]*$/, 'the path of a file, or "" for none')
}

export function addressOrNetwork(expected: string): z.ZodMiniType<string> {
  return z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], expected)
}

export function address(): z.ZodMiniType<string> {
  return text(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/\S+$/, 'an address, such as "ws://127.0.0.1:1107"')
}

export function list<T>(item: z.ZodMiniType<T>, expected: string): z.ZodMiniType<T[]> {
  return z.array(item, expected)
}

export function ruleList(): z.ZodMiniType<string[]> {
  const expected = `at most ${MOST_RULES} entries, each ${A_RULE}`
  return z.array(z.string(A_RULE).check(z.refine(isRule, A_RULE)), expected).check(z.maxLength(MOST_RULES, expected))
}

export function yesOrNo(): z.ZodMiniType<boolean> {
  return z.boolean('true or false')
}

export function oneOf<const T extends string>(values: readonly T[]): z.ZodMiniType<T> {
  return z.enum(values, `one of ${values.join(', ')}`)
}
