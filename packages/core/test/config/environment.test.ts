import fc from 'fast-check'
import { readVariables, variableName } from '../../src/config/environment'
import { nodeSchema } from '../../src/config/schema'
import { childSchema, hasFreeKeys, keysOf } from '../../src/config/schema-keys'

type Schema = Parameters<typeof keysOf>[0]

/** A name that users chose stands for all of them. */
const OWN_NAME = 'chat'

/** The path of every key, sections included. */
function keyPaths(schema: Schema = nodeSchema, prefix: readonly string[] = []): string[][] {
  const keys = hasFreeKeys(schema) && prefix.at(-1) === 'threads' ? [OWN_NAME] : keysOf(schema)
  return keys.flatMap((key) => {
    const [path, child] = [[...prefix, key], childSchema(schema, key)]
    return [path, ...(child === undefined ? [] : keyPaths(child, path))]
  })
}

const PATHS = keyPaths()

it('has a name for each key, and finds the key by its name', () => {
  expect(PATHS.length).toBeGreaterThan(30)
  expect(new Set(PATHS.map(variableName)).size).toBe(PATHS.length)
  for (const path of PATHS) {
    const name = variableName(path)
    expect(name).toMatch(/^TRUSTP2P_[A-Z0-9_]+$/)
    expect(readVariables([{ name, text: '1' }])).toMatchObject({ settings: [{ path }], problems: [] })
  }
})

it('finds the key in any spelling of small and large letters, with lines between its words or without', () => {
  const fixed = PATHS.filter((path) => !path.includes(OWN_NAME))
  const spelled = fc.tuple(fc.constantFrom(...fixed), fc.boolean(), fc.infiniteStream(fc.boolean()))
  fc.assert(
    fc.property(spelled, ([path, joined, small]) => {
      const levels = variableName(path).slice('TRUSTP2P_'.length).split('__')
      const text = levels.map((level) => (joined ? level.replaceAll('_', '') : level)).join('__')
      const mixed = text.replace(/[A-Z]/g, (letter) => (small.next().value === true ? letter.toLowerCase() : letter))
      const name = `TRUSTP2P_${mixed}`
      expect(readVariables([{ name, text: '1' }])).toMatchObject({ settings: [{ path }], problems: [] })
    })
  )
})

it('keeps shorter paths first, in whatever order the variables stand', () => {
  const variables = PATHS.map((path) => ({ name: variableName(path), text: '1' }))
  const order = fc.shuffledSubarray(variables)
  fc.assert(
    fc.property(order, (some) => {
      const lengths = readVariables(some).settings.map(({ path }) => path.length)
      expect(lengths).toEqual([...lengths].sort((one, other) => one - other))
    })
  )
})

it('takes any name and any text, or tells what is wrong with it', () => {
  const level = fc.stringMatching(/^[A-Za-z0-9_.]{0,12}$/)
  const name = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => `TRUSTP2P_${levels.join('__')}`)
  fc.assert(
    fc.property(name, fc.string(), (given, text) => {
      const { settings, problems } = readVariables([{ name: given, text }])
      expect(settings.length + problems.length).toBe(1)
      for (const { origin } of settings) expect(origin).toBe(`the environment variable ${given}`)
      for (const problem of problems) expect(problem.text).toContain(given)
    })
  )
})
