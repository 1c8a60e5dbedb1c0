import { A_DIRECT_HOST, A_PROXY, isDirectHost, readProxy } from '../driver/proxy-address'
import { A_NETWORK_KEY, readNetworkKey } from '../identity/network-key'
import type { AuthMode, NetworkConfig, NodeConfig, PeersConfig, ProxyConfig } from './config'
import { driversSchema } from './drivers-schema'
import { limitsSchema, logSchema, redialSchema, requestSchema, watchdogSchema } from './limits-schema'
import { LONGEST_NODE_NAME, NODE_NAME } from './names'
import type { ShapeOf } from './schema-parts'
import {
  address,
  addressOrNetwork,
  AN_OBJECT,
  described,
  filePath,
  list,
  oneOf,
  ruleList,
  text,
  yesOrNo
} from './schema-parts'
import { threadSettingsSchema } from './thread-schema'
import * as z from './zod'

export const peersSchema = z.strictObject(
  {
    allow: described(ruleList(), {
      description:
        'Who may connect and be dialled, by peer id, IP address or network, once proved where it is a peer id. [] is everybody.',
      off: '[]'
    }),
    deny: described(ruleList(), {
      description:
        'Who may not connect nor be dialled, by peer id, IP address or network, also where `allow` lists it.',
      off: '[]'
    }),
    closeDuplicates: described(yesOrNo(), {
      description:
        'Whether we and a peer that has proved who it is share one socket over each scheme, whoever dialled; others are closed once they are idle.',
      off: 'false'
    })
  } satisfies ShapeOf<PeersConfig>,
  AN_OBJECT
)

export const networkSchema = z.strictObject(
  {
    key: described(
      z.string(A_NETWORK_KEY).check(z.refine((key) => key === '' || readNetworkKey(key) !== undefined, A_NETWORK_KEY)),
      {
        description:
          'The key that its members share, 32 bytes in base64; every peer has to prove itself with it. Reports leave it out.',
        off: '""'
      }
    ),
    keyFile: described(filePath(), {
      description: 'File that holds the key in place of that, mode 0600; relative to `cwd`.',
      off: '""'
    })
  } satisfies ShapeOf<NetworkConfig>,
  AN_OBJECT
)

export const proxySchema = z.strictObject(
  {
    url: described(z.string(A_PROXY).check(z.refine((url) => url === '' || readProxy(url) !== undefined, A_PROXY)), {
      description:
        'Address of the proxy, with `user:password@` where it asks for them, which reports leave out; over `ws://`, `wss://`, `tcp://` and `tls://`.',
      off: '""'
    }),
    direct: described(
      list(
        z.string(A_DIRECT_HOST).check(z.refine(isDirectHost, A_DIRECT_HOST)),
        'a list of hosts, such as ["localhost", "10.0.0.0/8"]'
      ),
      {
        description:
          'Hosts that are dialled without it: names, IP addresses and networks. Other names are looked up by the proxy.',
        off: '[]'
      }
    )
  } satisfies ShapeOf<ProxyConfig>,
  AN_OBJECT
)

const authSchema: z.ZodMiniType<AuthMode> = oneOf(['off', 'optional', 'required'])

/**
 * The schema of the configuration: what validates it, and what the reference page and the JSON schema for editors
 * are made from. `ShapeOf` holds its keys and types equal to the interfaces of config.ts, a test its descriptions.
 * An issue's message is what was expected.
 */
export const nodeSchema = z.strictObject(
  {
    name: described(
      text(NODE_NAME, `a letter or digit, then at most ${LONGEST_NODE_NAME - 1} letters, digits, "_", "." or "-"`),
      {
        description: 'Name of the node: its state lies in `.trustp2p/<name>/`.'
      }
    ),
    listen: described(list(address(), 'a list of addresses, such as ["ws://127.0.0.1:1107"]'), {
      description: 'Addresses to listen on.',
      off: '[]'
    }),
    connect: described(list(address(), 'a list of addresses, such as ["ws://127.0.0.1:1107"]'), {
      description: 'Addresses to dial, and to dial again when they are lost.',
      off: '[]'
    }),
    control: described(z.union([z.boolean(), text(/^[^\0]+$/, 'a path')], 'true, false, or the path of a socket'), {
      description:
        'Whether a running node can be driven from its folder, or the path of the control socket, relative to `cwd`. Where nobody says it: API false, command line true.',
      off: 'false'
    }),
    store: described(z.union([z.boolean(), text(/^[^\0\s][^\0]*$/, 'a package')], 'true, false, or a package'), {
      description:
        'What keeps what the node remembers, in its state folder: true for `@trustp2p/store` where that is installed, another package by its name, or false: it then lasts as long as the node.',
      off: 'false'
    }),
    auth: described(authSchema, {
      description:
        'Whether peers prove who they are, and frames are sealed where TLS does not: off; optional, for those that can; or required, so that others are refused.',
      off: '"off"'
    }),
    network: described(networkSchema, { description: 'The private network that the node is of.' }),
    peers: described(peersSchema, { description: 'Who may connect, and be dialled.' }),
    trustProxy: described(
      list(
        addressOrNetwork('an IP address or a network, such as "10.0.0.0/8"'),
        'a list of IP addresses and networks, such as ["127.0.0.1", "10.0.0.0/8"]'
      ),
      {
        description:
          'Proxies whose `x-forwarded-for` and `x-real-ip` are believed: addresses, and networks such as `10.0.0.0/8`.',
        off: '[]'
      }
    ),
    proxyProtocol: described(yesOrNo(), {
      description:
        'Whether connections of `trustProxy` begin with a header of the PROXY protocol, version 2, which says whom they come from.',
      off: 'false'
    }),
    proxy: described(proxySchema, { description: 'The proxy through which peers are dialled.' }),
    allowedFolders: described(
      list(text(/\S/, 'the path of a folder'), 'a list of folders, such as ["../shared-threads"]'),
      {
        description:
          'Folders outside the project, relative to it, that links of threads may lead into: what lies there runs.',
        off: '[]'
      }
    ),
    processHandlers: described(yesOrNo(), {
      description:
        "Whether what threads leave floating (a promise without a catch, a timer of Node's own that throws) goes to the node; without it Node's default ends the process.",
      off: 'false'
    }),
    watchdog: described(watchdogSchema, {
      description: 'How threads are found that keep the event loop from turning.'
    }),
    drivers: described(driversSchema, { description: 'Settings of single drivers, by name.' }),
    limits: described(limitsSchema, { description: 'What a node accepts at most.' }),
    request: described(requestSchema, { description: 'Settings of our own requests.' }),
    redial: described(redialSchema, { description: 'When a lost connection of `connect` is dialled again.' }),
    log: described(logSchema, { description: 'What is written to the log.' }),
    threads: described(
      z.record(
        text(/^[A-Za-z][\w@.-]*$/, 'a thread name: a letter, then letters, digits, "@", ".", "_" or "-"'),
        threadSettingsSchema,
        AN_OBJECT
      ),
      { description: 'Settings of single threads, by name.' }
    )
  } satisfies ShapeOf<NodeConfig>,
  AN_OBJECT
)
