import fc from 'fast-check'
import { LONGEST_PROXY_HEADER, readProxyHeader } from '../../../src/driver/proxy/proxy-header'
import { proxyHeader } from './headers'

const TCP4 = proxyHeader({ family: 0x11, addresses: [203, 0, 113, 7, 127, 0, 0, 1, 0x12, 0x67, 0, 80] })
const V6 = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]
const TCP6 = proxyHeader({ family: 0x21, addresses: [...V6, ...V6, 0x12, 0x67, 0, 80] })
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 7]

describe('T19 a header of the PROXY protocol, version 2,', () => {
  it.each([
    ['IPv4', TCP4, { host: '203.0.113.7', port: 0x1267 }],
    ['IPv6', TCP6, { host: '2001:db8::7', port: 0x1267 }],
    [
      'IPv4 mapped into IPv6',
      proxyHeader({ family: 0x21, addresses: [...MAPPED, ...MAPPED, 0, 9, 0, 80] }),
      { host: '203.0.113.7', port: 9 }
    ],
    ['the proxy itself (LOCAL)', proxyHeader({ command: 0x20, family: 0x11, addresses: [1, 2, 3] }), undefined],
    ['nobody (UNSPEC)', proxyHeader({ family: 0 }), undefined]
  ])('tells of %s', (_what, header, end) => {
    expect(readProxyHeader(header)).toEqual({ end, bytes: header.length })
    expect(readProxyHeader(Buffer.concat([header, Buffer.from('more')]))).toEqual({ end, bytes: header.length })
  })

  it('may carry more behind the addresses, which is passed over', () => {
    const addresses = [203, 0, 113, 7, 127, 0, 0, 1, 0, 1, 0, 80, 0x20, 0, 2, 1, 1]
    expect(readProxyHeader(proxyHeader({ family: 0x11, addresses }))).toMatchObject({ end: { host: '203.0.113.7' } })
  })

  it.each([TCP4, TCP6])('is waited for as long as a byte of it is missing', (header) => {
    for (let cut = 0; cut < header.length; cut++) expect(readProxyHeader(header.subarray(0, cut))).toBeUndefined()
  })

  it.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n')],
    ['version 1', Buffer.from('PROXY TCP4 203.0.113.7 127.0.0.1 4711 80\r\n')],
    ['version 3', proxyHeader({ command: 0x31, family: 0x11 })],
    ['an unknown command', proxyHeader({ command: 0x22, family: 0x11 })],
    ['UDP', proxyHeader({ family: 0x12, addresses: Array<number>(12).fill(1) })],
    ['a Unix socket', proxyHeader({ family: 0x31, addresses: Array<number>(216).fill(1) })],
    ['too few bytes for IPv4', proxyHeader({ family: 0x11, addresses: Array<number>(11).fill(1) })],
    ['too few bytes for IPv6', proxyHeader({ family: 0x21, addresses: Array<number>(35).fill(1) })]
  ])('is none with %s', (_what, header) => {
    expect(() => readProxyHeader(header)).toThrow(Error)
  })

  it('has as many bytes as the limit, and no more, which is known as soon as its length is', () => {
    const header = (length: number) => proxyHeader({ family: 0x11, addresses: Array<number>(length - 16).fill(1) })
    expect(readProxyHeader(header(LONGEST_PROXY_HEADER))).toMatchObject({ bytes: LONGEST_PROXY_HEADER })
    expect(() => readProxyHeader(header(LONGEST_PROXY_HEADER + 1).subarray(0, 16))).toThrow('longer')
  })

  it('gives an address, waits or throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(40), (bytes, at) => {
        const mutated = Buffer.from(TCP6)
        mutated.set(bytes.subarray(0, mutated.length - Math.min(at, mutated.length)), Math.min(at, mutated.length))
        try {
          const read = readProxyHeader(mutated)
          expect(read === undefined || read.bytes <= mutated.length).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      })
    )
  })
})
