import { QUERY_TEXTS } from '../../explain/explain-query'
import type { ExplainQuery } from '../../explain/explain-record'
import { EXPLAIN_RECORDS } from './control-limits'
import { fieldsOf, invalidField, limitField } from './control-router'

/** Takes the query of a request. Throws ERR_TRUSTP2P_CONTROL_INVALID for what is none. */
export function explainQueryOf(body: unknown): ExplainQuery {
  const limit = limitField(body, EXPLAIN_RECORDS)
  const fields = fieldsOf(body)
  const texts = QUERY_TEXTS.map((name) => [name, fields[name]] as const).filter(([, value]) => value !== undefined)
  for (const [name, value] of texts) if (typeof value !== 'string') throw invalidField(name, 'a text')
  return { ...Object.fromEntries(texts), limit }
}
