import { LONGEST_TIMER_MS } from '../kit'
import type {
  DriverModuleConfig,
  DriversConfig,
  LinkConfig,
  TlsConfig,
  TlsDriverConfig,
  UnixConfig,
  WsConfig
} from './config'
import type { ShapeOf } from './schema-parts'
import { AN_OBJECT, described, filePath, list, text, wholeNumber, yesOrNo } from './schema-parts'
import * as z from './zod'

export const tlsSchema = z.strictObject(
  {
    certFile: described(filePath(), {
      description:
        'File of the certificate to listen with, and of those between it and its authority, in PEM; relative to `cwd`.',
      off: '""'
    }),
    keyFile: described(filePath(), {
      description: 'File of the private key of that certificate, in PEM; relative to `cwd`.',
      off: '""'
    }),
    caFile: described(filePath(), {
      description:
        'File of authorities that are trusted besides the usual ones when dialling, in PEM; relative to `cwd`.',
      off: '""'
    }),
    reloadMs: described(wholeNumber(0, LONGEST_TIMER_MS, 'ms'), {
      description:
        'Time in ms between two looks at the files, so that renewed ones serve without a restart. 0: read once.',
      off: '0'
    })
  } satisfies ShapeOf<TlsConfig>,
  AN_OBJECT
)

const keepAliveSchema = described(wholeNumber(0, LONGEST_TIMER_MS, 'ms'), {
  description:
    'Time in ms between the pings that keep a link alive; a link that answers none until the next is dropped. 0: off.',
  off: '0'
})

export const wsSchema = z.strictObject(
  {
    compression: described(yesOrNo(), { description: 'Offer and accept permessage-deflate (RFC 7692).', off: 'false' }),
    path: described(text(/^\/[^\s?#]*$/, 'a path that begins with "/"'), {
      description: 'Path to listen on, where the address names none.'
    }),
    origins: described(
      list(
        text(/^(null|[A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s/]+)$/, 'an origin, such as "https://example.org"'),
        'a list of origins, such as ["https://example.org"]'
      ),
      {
        description: 'Origins whose handshakes are accepted; a handshake without an Origin header always is.',
        off: '[]'
      }
    ),
    keepAliveMs: keepAliveSchema,
    tls: described(tlsSchema, { description: 'Certificates of `wss://`.' })
  } satisfies ShapeOf<WsConfig>,
  AN_OBJECT
)

export const tcpSchema = z.strictObject({ keepAliveMs: keepAliveSchema } satisfies ShapeOf<LinkConfig>, AN_OBJECT)

export const tlsDriverSchema = z.strictObject(
  { keepAliveMs: keepAliveSchema, ...tlsSchema.shape } satisfies ShapeOf<TlsDriverConfig>,
  AN_OBJECT
)

export const unixSchema = z.strictObject(
  {
    keepAliveMs: keepAliveSchema,
    mode: described(text(/^[0-7]{3}$/, 'three octal digits, such as "600"'), {
      description: 'Who may connect: the mode of the socket, in octal digits.'
    })
  } satisfies ShapeOf<UnixConfig>,
  AN_OBJECT
)

export const driverModuleSchema = z.strictObject(
  {
    module: described(text(/^[^\0\s][^\0]*$/, 'a package, or a path that begins with "./", "../" or "/"'), {
      description: 'The package that brings it, or a path that begins with "./", "../" or "/"; from `cwd`.'
    }),
    config: described(z.exactOptional(z.unknown()), { description: 'What it gets as its `config`.' })
  } satisfies ShapeOf<DriverModuleConfig>,
  AN_OBJECT
)

export const driversSchema = z.strictObject(
  {
    ws: described(wsSchema, { description: 'The driver of `ws://` and `wss://` addresses.' }),
    tcp: described(tcpSchema, { description: 'The driver of `tcp://` addresses.' }),
    tls: described(tlsDriverSchema, { description: 'The driver of `tls://` addresses.' }),
    unix: described(unixSchema, { description: 'The driver of `unix://` addresses.' }),
    modules: described(
      z.record(
        text(/^[A-Za-z][\w@.-]*$/, 'a name: a letter, then letters, digits, "@", ".", "_" or "-"'),
        driverModuleSchema,
        AN_OBJECT
      ),
      { description: 'Drivers of others, by a name of your choice; each is loaded when the node starts.' }
    )
  } satisfies ShapeOf<DriversConfig>,
  AN_OBJECT
)
