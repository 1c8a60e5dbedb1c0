import fc from 'fast-check'
import { formatAddress, parseListenAddress } from '../../../src/driver/ws/ws-address'
import { parseDialAddress } from '../../../src/driver/ws-url'

const INVALID = expect.objectContaining({ code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID' }) as Error
const PLAIN = { secure: false, host: '127.0.0.1', port: 1107, path: '/' }

it.each([
  ['ws://127.0.0.1:1107', PLAIN],
  ['ws://127.0.0.1:1107/', PLAIN],
  ['WS://127.0.0.1:1107', PLAIN],
  ['wss://example.org:1107/a/b', { secure: true, host: 'example.org', port: 1107, path: '/a/b' }],
  ['ws://[::1]:1107', { ...PLAIN, host: '::1' }],
  ['ws://127.0.0.1:0', { ...PLAIN, port: 0 }],
  ['ws://127.0.0.1', { ...PLAIN, port: 80 }],
  ['wss://127.0.0.1', { ...PLAIN, secure: true, port: 443 }],
  ['ws://127.0.0.1:65535', { ...PLAIN, port: 65_535 }]
])('reads %s', (url, address) => {
  expect(parseListenAddress(url)).toEqual(address)
})

it.each([
  ['', 'no URL'],
  ['127.0.0.1:1107', 'no URL'],
  ['ws://127.0.0.1:65536', 'no URL'],
  ['ws://::1:1107', 'no URL'],
  ['http://127.0.0.1:1107', 'ws:// or wss://'],
  ['ws://user@127.0.0.1:1107', 'user name'],
  ['ws://:secret@127.0.0.1:1107', 'user name'],
  ['ws://127.0.0.1:1107/#a', 'fragment']
])('refuses %j to dial and to listen on, and says why', (url, why) => {
  for (const parse of [parseDialAddress, parseListenAddress]) {
    expect(() => parse(url)).toThrow(INVALID)
    expect(() => parse(url)).toThrow(why)
  }
})

it('takes a query to dial, and none to listen on', () => {
  expect(parseDialAddress('ws://127.0.0.1:1107/?a').search).toBe('?a')
  expect(() => parseListenAddress('ws://127.0.0.1:1107/?a')).toThrow(INVALID)
})

it('reads what it wrote, for every address', () => {
  const host = fc.oneof(
    fc.ipV4(),
    fc.ipV6().map((ip) => new URL(`ws://[${ip}]`).hostname.slice(1, -1)),
    fc.domain()
  )
  const path = fc.webPath().map((text) => new URL(`ws://h${text}`).pathname)
  const address = fc.record({ secure: fc.boolean(), host, port: fc.integer({ min: 0, max: 65_535 }), path })
  fc.assert(
    fc.property(address, (given) => {
      expect(parseListenAddress(formatAddress(given))).toEqual(given)
    })
  )
})

it('reads any text, or refuses it with its code', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((text) => `ws://${text}`)
      ),
      (url) => {
        try {
          const { host, port, path } = parseListenAddress(url)
          expect([host === '', port >= 0 && port <= 65_535, path.startsWith('/')]).toEqual([false, true, true])
        } catch (error) {
          expect(error).toEqual(INVALID)
        }
      }
    )
  )
})
