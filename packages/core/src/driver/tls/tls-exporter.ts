import { TLSSocket } from 'node:tls'
import type { Duplex } from 'node:stream'

const LABEL = 'EXPORTER-trustp2p-identity'
const EXPORTER_BYTES = 32

/**
 * What both ends of a connection over TLS have, and no other connection has (RFC 8446, 7.5; RFC 5705). Undefined without
 * TLS, and below TLS 1.3, whose exporters bind only where an extension was agreed on (RFC 7627) that Node does not tell of.
 */
export function tlsExporter(raw: Duplex): Uint8Array | undefined {
  if (!(raw instanceof TLSSocket) || raw.getProtocol() !== 'TLSv1.3') return undefined
  return raw.exportKeyingMaterial(EXPORTER_BYTES, LABEL, Buffer.alloc(0))
}
