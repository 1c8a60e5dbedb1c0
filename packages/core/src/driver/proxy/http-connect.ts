import { printable } from '../../printable'
import { formatPeer } from '../host-name'
import type { ProxyDialogue, ProxyQuestion } from './dialogue'
import { proxyLogin, proxyRefused, proxyUnfit } from './proxy-errors'

/** Longest answer of a proxy up to its empty line, in bytes: as Node's own limit of headers. */
export const LONGEST_HEAD = 16_384

const BEGIN = 'HTTP/1.'
const END = '\r\n\r\n'
const LOGIN_WANTED = 407

/** Asks a proxy of HTTP for a tunnel (RFC 9110, 9.3.6), with Basic credentials (RFC 7617) where they are given. */
export function* httpDialogue(question: ProxyQuestion): ProxyDialogue {
  const head = yield* readHead(question)
  const [, statusText, reason = ''] = /^HTTP\/1\.[01] (\d{3})(?: ([^\r\n]*))?\r\n/.exec(head) ?? []
  if (statusText === undefined) throw proxyUnfit(question, `it began with "${begin(head)}"`)
  const status = Number(statusText)
  if (status >= 200 && status < 300) return
  if (status !== LOGIN_WANTED) throw proxyRefused(question, status, reason)
  const refused = question.proxy.user !== ''
  throw proxyLogin(
    question,
    refused
      ? 'refuses the user and password of proxy.url (407)'
      : 'wants a user and a password: write http://user:password@… (407)'
  )
}

/** Byte by byte, since what follows the empty line is the peer's. */
function* readHead(question: ProxyQuestion): Generator<{ say?: Uint8Array; read: number }, string, Buffer> {
  const bytes = [...(yield { say: requestOf(question), read: BEGIN.length })]
  const began = String.fromCharCode(...bytes)
  if (began !== BEGIN) throw proxyUnfit(question, `it began with "${begin(began)}"`)
  let matched = 0
  while (matched < END.length) {
    if (bytes.length === LONGEST_HEAD) throw proxyUnfit(question, `its answer is longer than ${LONGEST_HEAD} bytes`)
    const [byte = 0] = yield { read: 1 }
    bytes.push(byte)
    matched = byte === END.charCodeAt(matched) ? matched + 1 : Number(byte === END.charCodeAt(0))
  }
  return Buffer.from(bytes).toString('latin1')
}

/** Most letters of an answer that a report shows. */
const SHOWN_LETTERS = 60

function begin(head: string): string {
  return printable(head.slice(0, SHOWN_LETTERS))
}

function requestOf({ proxy: { user, password }, host, port }: ProxyQuestion): Buffer {
  const target = formatPeer(host, port)
  const credentials = Buffer.from(`${user}:${password}`).toString('base64')
  const login = user === '' ? '' : `Proxy-Authorization: Basic ${credentials}\r\n`
  return Buffer.from(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${login}\r\n`)
}
