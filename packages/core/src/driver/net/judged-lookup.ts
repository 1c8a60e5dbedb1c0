import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { DialOptions } from '../contract'

/** The options of `connect` by which a name is looked up: addresses that may not be connected to are left out. */
export function lookupOptions({ refusalOf }: DialOptions): { lookup?: LookupFunction } {
  return refusalOf === undefined ? {} : { lookup: judgedLookup(refusalOf) }
}

function judgedLookup(refusalOf: NonNullable<DialOptions['refusalOf']>): LookupFunction {
  return (host, options, callback) =>
    lookup(host, { ...options, all: true }, (error, found) => {
      const judged = (error === null ? found : []).map((entry) => ({ entry, refusal: refusalOf(entry.address) }))
      const fitting = judged.filter(({ refusal }) => refusal === undefined).map(({ entry }) => entry)
      const [first] = fitting
      if (first === undefined) callback(error ?? judged[0]?.refusal ?? null, [])
      else if (options.all === true) callback(null, fitting)
      else callback(null, first.address, first.family)
    })
}
