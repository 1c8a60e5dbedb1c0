import { QUERY_TEXTS } from '../../explain/explain-query'
import type { ExplainQuery } from '../../explain/explain-record'
import { P2pError } from '../../errors'
import { EXPLAIN_RECORDS } from './control-limits'
import { fieldsOf } from './control-router'

/** Takes the query of a request. Throws ERR_TRUSTP2P_CONTROL_INVALID for what is none. */
export function explainQueryOf(body: unknown): ExplainQuery {
  const { limit = EXPLAIN_RECORDS, ...fields } = fieldsOf(body)
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1) {
    throw invalid('limit', 'a whole number from 1 on')
  }
  const texts = QUERY_TEXTS.map((name) => [name, fields[name]] as const).filter(([, value]) => value !== undefined)
  for (const [name, value] of texts) if (typeof value !== 'string') throw invalid(name, 'a text')
  return { ...Object.fromEntries(texts), limit: Math.min(limit, EXPLAIN_RECORDS) }
}

function invalid(name: string, what: string): P2pError {
  return new P2pError('ERR_TRUSTP2P_CONTROL_INVALID', `"${name}" of this control request is ${what}`)
}
