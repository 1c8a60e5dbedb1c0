'use strict'

// The JSON schema with which editors check and complete trustp2p.config.json and trustp2p.config.yaml.
const { z } = require('zod')
const { defaultConfig, THREAD_DEFAULTS } = require('../../packages/core/src/config/defaults')
const { nodeSchema } = require('../../packages/core/src/config/schema')

/** Keys whose default depends on what the node is created as, or by whom. */
const BY_CREATOR = ['name', 'listen', 'connect', 'control']

/** Gives the schema as JSON text. Draft 7 is what editors know best. */
function editorSchema() {
  const { $schema, properties, ...rest } = z.toJSONSchema(nodeSchema, { target: 'draft-7' })
  const defaults = { ...defaultConfig('node'), ...Object.fromEntries(BY_CREATOR.map((key) => [key, undefined])) }
  const own = { type: 'string', description: 'The schema of this file, for editors.' }
  const schema = {
    $schema,
    title: 'Configuration of a trustp2p node',
    ...forEditors({ properties: { $schema: own, ...properties }, ...rest }, defaults)
  }
  return JSON.stringify(schema)
}

const LEFT_OUT = ['required', 'unit', 'off']

/**
 * A file may leave any key out. What a format is, editors know, and our own facts they do not. The default stands
 * where the value stands, never at a section.
 */
function forEditors(given, value) {
  const schema = Object.fromEntries(Object.entries(given).filter(([key]) => !LEFT_OUT.includes(key)))
  const inner = {
    ...(schema.properties && { properties: mapValues(schema.properties, (key, one) => forEditors(one, value?.[key])) }),
    ...(typeof schema.additionalProperties === 'object' && {
      additionalProperties: forEditors(schema.additionalProperties, THREAD_DEFAULTS)
    }),
    ...(schema.items && { items: forEditors(schema.items) }),
    ...(schema.anyOf && { anyOf: schema.anyOf.map((one) => forEditors(one)) })
  }
  if (schema.format) delete schema.pattern
  const isSection = schema.type === 'object'
  return { ...schema, ...inner, ...(value !== undefined && !isSection && { default: value }) }
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(key, value)]))
}

module.exports = { editorSchema }
