import { performance } from 'node:perf_hooks'
import { defineContract } from 'trustp2p'
import type { ContractEvent } from 'trustp2p'
import { BODY } from '../load/body'
import { serveParent } from '../process/serve-parent'

type Body = typeof BODY

const { Echo } = defineContract<{ Echo: { readonly echo: ContractEvent<Body, Body> } }>(`syntax = "proto3";
message Body { int32 seq = 1; string from = 2; string text = 3; bool ok = 4; }
service Echo { rpc Echo(Body) returns (Body); }`)
const { request } = Echo.echo

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

const encodeJson = (): Uint8Array => encoder.encode(JSON.stringify(BODY))
const encodeTyped = (): Uint8Array => request.encode(BODY)
const json = encodeJson()
const typed = encodeTyped()
const decodeJson = (): unknown => JSON.parse(decoder.decode(json))
const decodeTyped = (): unknown => request.decode(typed)

/** Nanoseconds per call. */
function measure(call: () => unknown, calls: number): number {
  const startedAt = performance.now()
  for (let count = 0; count < calls; count++) call()
  return ((performance.now() - startedAt) * 1_000_000) / calls
}

serveParent(() =>
  Promise.resolve({
    measure: ({ calls = 0 }) => ({
      encodeJson: measure(encodeJson, calls),
      encodeTyped: measure(encodeTyped, calls),
      decodeJson: measure(decodeJson, calls),
      decodeTyped: measure(decodeTyped, calls)
    }),
    sizes: () => ({ json: json.length, typed: typed.length })
  })
)
