import { DirectHosts, isDirectHost, readProxy } from '../../src/driver/proxy-address'

describe('the address of a proxy', () => {
  it.each([
    ['socks5://127.0.0.1', { kind: 'socks5', host: '127.0.0.1', port: 1080, user: '', password: '' }],
    ['http://proxy.example', { kind: 'http', host: 'proxy.example', port: 80 }],
    ['socks5://[::1]:9050/', { host: '::1', port: 9050, name: 'socks5://[::1]:9050' }],
    ['socks5://u%40x:p%2F%3A@Proxy.Example:1', { user: 'u@x', password: 'p/:', name: 'socks5://Proxy.Example:1' }]
  ])('%s is read', (text, expected) => {
    expect(readProxy(text)).toMatchObject(expected)
  })

  it.each([
    '127.0.0.1:1080',
    'socks4://127.0.0.1',
    'https://proxy.example',
    'socks5://',
    'socks5://host/path',
    'socks5://host?x',
    'socks5://user@host',
    'socks5://:password@host',
    'http://a%3Ab:password@host',
    'http://%zz:password@host'
  ])('%s is none', (text) => {
    expect(readProxy(text)).toBeUndefined()
  })

  it('takes a user and a password of 255 bytes, and of no more', () => {
    expect(readProxy(`socks5://${'u'.repeat(255)}:${'p'.repeat(255)}@host`)).toBeDefined()
    expect(readProxy(`socks5://${'u'.repeat(256)}:p@host`)).toBeUndefined()
    expect(readProxy(`socks5://u:${'p'.repeat(256)}@host`)).toBeUndefined()
  })
})

describe('hosts without the proxy', () => {
  const direct = new DirectHosts(['localhost', 'intra.example', '10.0.0.0/8', 'fd00::/8', '::1'])

  it.each(['localhost', 'Intra.Example', '10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '::1'])('%s is one', (host) => {
    expect(direct.has(host)).toBe(true)
  })

  it.each(['example', 'x.intra.example', '11.0.0.1', 'fe80::1', '127.0.0.1'])('%s is none', (host) => {
    expect(direct.has(host)).toBe(false)
  })

  it.each(['', 'a b', '.x', '10.0.0.0/33', '1.2.3', 'http://x'])('%j is nothing to list', (entry) => {
    expect(isDirectHost(entry)).toBe(false)
  })
})
