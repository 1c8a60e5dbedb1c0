import { contractJson, serviceName } from './contract'
import { isMessage, readDescriptor } from './descriptor'
import type { ContractDescriptor, FieldDescriptor, TypeDescriptor } from './descriptor'
import { isLong, Kind, SCALARS } from './scalars'

/** How a module of types is made. */
export interface ModuleOptions {
  /** How the .proto is called in errors, and in the first line of the module. */
  readonly file: string
}

/**
 * Writes the TypeScript module of a .proto text: an interface for each message, a constant and a type for each enum, and
 * for each service its events. The module reads no text when it runs. Throws as `defineContract` does.
 */
export function contractModule(text: string, { file }: ModuleOptions): string {
  const descriptors = contractJson(text, { file }).map(readDescriptor)
  const types = new Map(descriptors.flatMap((descriptor) => [...descriptor.types]))
  const names = nameTypes([...types.keys()], descriptors)
  const parts = [
    `// Made from ${file} by \`trustp2p-cli threads types\`: run it again instead of editing.\n/* eslint-disable */`,
    `import { defineContract } from 'trustp2p'\nimport type { ContractEvent } from 'trustp2p'`,
    ...[...types].map(([name, type]) => declaration(names.get(name) ?? name, type, names)),
    serviceTypes(descriptors, names),
    serviceConstant(descriptors)
  ]
  return `${parts.join('\n\n')}\n`
}

/** `.Outer.Inner` becomes `OuterInner`, or `OuterInner2` where that is taken. */
function nameTypes(types: readonly string[], descriptors: readonly ContractDescriptor[]): ReadonlyMap<string, string> {
  const taken = new Set(['Services', 'ContractEvent', ...descriptors.map(({ name }) => serviceName(name))])
  const names = new Map<string, string>()
  for (const type of types) {
    const plain = type.split('.').map(serviceName).join('')
    let name = plain
    for (let count = 2; taken.has(name); count++) name = `${plain}${count}`
    taken.add(name)
    names.set(type, name)
  }
  return names
}

type Names = ReadonlyMap<string, string>

function declaration(name: string, type: TypeDescriptor, names: Names): string {
  if (!isMessage(type)) {
    const values = [...type.values]
      .sort(([, a], [, b]) => a - b)
      .map(([value, number]) => `  ${value}: ${number}`)
      .join(',\n')
    return `export const ${name} = {\n${values}\n} as const\nexport type ${name} = (typeof ${name})[keyof typeof ${name}]`
  }
  const fields = [...type.fields.values()].map((field) => `  ${property(field, names)}`)
  return `export interface ${name} {\n${fields.join('\n')}\n}`.replace('{\n\n}', '{}')
}

function property(field: FieldDescriptor, names: Names): string {
  const value = names.get(field.type) ?? scalarType(field.type)
  if (field.label === 'optional') return `${field.name}?: ${value} | undefined`
  if (field.label === 'repeated') return `${field.name}: ${value}[]`
  return `${field.name}: ${field.label === 'map' ? `Record<string, ${value}>` : value}`
}

function scalarType(type: string): string {
  const kind = SCALARS.get(type) ?? Kind.STRING
  if (kind === Kind.STRING) return 'string'
  if (kind === Kind.BOOL) return 'boolean'
  if (kind === Kind.BYTES) return 'Uint8Array'
  return isLong(kind) ? 'bigint' : 'number'
}

function serviceTypes(descriptors: readonly ContractDescriptor[], names: Names): string {
  const services = descriptors.map(({ name, events }) => {
    const lines = [...events].map(([key, { request, response }]) => {
      return `    readonly ${key}: ContractEvent<${names.get(request) ?? ''}, ${names.get(response) ?? ''}>`
    })
    return `  readonly ${serviceName(name)}: {\n${lines.join('\n')}\n  }`
  })
  return `interface Services {\n${services.join('\n')}\n}`
}

function serviceConstant(descriptors: readonly ContractDescriptor[]): string {
  const services = descriptors.map(({ name }) => serviceName(name)).join(', ')
  const texts = descriptors.map(({ text }) => `  ${text}`).join(',\n')
  return `export const { ${services} } = defineContract<Services>([\n${texts}\n])`
}
