import { isIPv4, isIPv6 } from 'node:net'
import { readAddress } from '../../ip-networks'
import { addressInvalid } from '../driver-errors'
import type { ProxyDialogue, ProxyQuestion } from './dialogue'
import { proxyLogin, proxyRefused, proxyUnfit } from './proxy-errors'

const VERSION = 5
const CONNECT = 1
/** Of the sub-negotiation (RFC 1929, 2). */
const LOGIN_VERSION = 1

const Method = { NONE: 0, PASSWORD: 2, NO_ACCEPTABLE: 0xff } as const
const AddressType = { IPV4: 1, NAME: 3, IPV6: 4 } as const

/** Longest name: its length stands in one byte. */
export const LONGEST_NAME = 255

/** What the numbers of a reply mean (RFC 1928, 6). */
const REPLIES: readonly string[] = [
  'succeeded',
  'general SOCKS server failure',
  'connection not allowed by ruleset',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported'
]

/** Asks a SOCKS5 proxy for a connection (RFC 1928), with user and password where they are given (RFC 1929). */
export function* socks5Dialogue(question: ProxyQuestion): ProxyDialogue {
  yield* chooseMethod(question)
  const [version, reply = 0, , type] = yield { say: requestOf(question), read: 4 }
  assertVersion(question, version, VERSION)
  if (reply !== 0) throw proxyRefused(question, reply, REPLIES[reply] ?? 'an unknown reply')
  // The address that it connects from, of which nothing is made, and its port.
  yield { read: (yield* lengthOfAddress(question, type)) + 2 }
}

function* chooseMethod(question: ProxyQuestion): ProxyDialogue {
  const { user } = question.proxy
  const methods = user === '' ? [Method.NONE] : [Method.NONE, Method.PASSWORD]
  const [version, method] = yield { say: Buffer.of(VERSION, methods.length, ...methods), read: 2 }
  assertVersion(question, version, VERSION)
  if (method === Method.NONE) return
  if (method === Method.NO_ACCEPTABLE) throw proxyLogin(question, wanting(user))
  if (method !== Method.PASSWORD || user === '') throw proxyUnfit(question, `it chose method ${String(method)}`)
  const [loginVersion, status] = yield { say: loginOf(question), read: 2 }
  assertVersion(question, loginVersion, LOGIN_VERSION)
  if (status !== 0) throw proxyLogin(question, `refuses the user and password of proxy.url (${String(status)})`)
}

function wanting(user: string): string {
  return user === ''
    ? 'wants a user and a password, or another proof: write socks5://user:password@…'
    : 'takes neither a user with a password nor nobody'
}

function assertVersion(question: ProxyQuestion, version: number | undefined, expected: number): void {
  if (version !== expected) throw proxyUnfit(question, `it answers with ${String(version)} where ${expected} belongs`)
}

function loginOf({ proxy }: ProxyQuestion): Buffer {
  const [user, password] = [Buffer.from(proxy.user), Buffer.from(proxy.password)]
  return Buffer.concat([Buffer.of(LOGIN_VERSION, user.length), user, Buffer.of(password.length), password])
}

function requestOf({ url, host, port }: ProxyQuestion): Buffer {
  const head = Buffer.of(VERSION, CONNECT, 0)
  return Buffer.concat([head, destination(url, host), Buffer.of(port >> 8, port & 0xff)])
}

function destination(url: string, host: string): Buffer {
  if (isIPv4(host)) return Buffer.of(AddressType.IPV4, ...host.split('.').map(Number))
  if (isIPv6(host)) return Buffer.concat([Buffer.of(AddressType.IPV6), ipv6Bytes(host)])
  const name = Buffer.from(host)
  if (name.length > LONGEST_NAME)
    throw addressInvalid(url, `a SOCKS5 proxy takes no name of more than ${LONGEST_NAME} bytes`)
  return Buffer.concat([Buffer.of(AddressType.NAME, name.length), name])
}

function ipv6Bytes(host: string): Buffer {
  return Buffer.from((readAddress(host) ?? 0n).toString(16).padStart(32, '0'), 'hex')
}

function* lengthOfAddress(
  question: ProxyQuestion,
  type: number | undefined
): Generator<{ read: number }, number, Buffer> {
  if (type === AddressType.IPV4) return 4
  if (type === AddressType.IPV6) return 16
  if (type !== AddressType.NAME) throw proxyUnfit(question, `it has an address of the type ${String(type)}`)
  const [length = 0] = yield { read: 1 }
  return length
}
