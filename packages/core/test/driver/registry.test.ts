import type { Driver } from '../../src/driver/contract'
import { DriverRegistry } from '../../src/driver/registry'

function driver(name: string, schemes: readonly string[], close = () => Promise.resolve()): Driver {
  const fail = () => Promise.reject(new Error('not used'))
  const supports = { listen: true, dial: true, encryption: false, browser: false }
  return { name, schemes, supports, listen: fail, dial: fail, close }
}

function registry(): { readonly drivers: DriverRegistry; readonly ws: Driver; readonly memory: Driver } {
  const drivers = new DriverRegistry()
  const ws = driver('ws', ['ws', 'wss'])
  const memory = driver('memory', ['memory'])
  drivers.add(ws)
  drivers.add(memory)
  return { drivers, ws, memory }
}

describe('forUrl', () => {
  it.each(['ws://127.0.0.1:1107', 'WS://127.0.0.1', 'wss://a.example/path'])('finds the driver of %s', (url) => {
    const { drivers, ws } = registry()
    expect(drivers.forUrl(url)).toBe(ws)
  })

  it.each(['', '127.0.0.1:1107', 'localhost:1107', 'ws:', 'ws:/a', '://a', '1ws://a', ' ws://a'])(
    'refuses %j, which is no address',
    (url) => {
      const { drivers } = registry()
      expect(() => drivers.forUrl(url)).toThrow(
        expect.objectContaining({
          code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID',
          message: expect.stringContaining(`"${url}"`)
        })
      )
    }
  )

  it.each([
    ['wz://a', 'ws'],
    ['wsss://a', 'wss'],
    ['sw://a', 'ws'],
    ['memry://a', 'memory'],
    ['mermory://a', 'memory']
  ])('refuses %s and names the nearest scheme', (url, nearest) => {
    const { drivers } = registry()
    expect(() => drivers.forUrl(url)).toThrow(
      expect.objectContaining({
        code: 'ERR_TRUSTP2P_DRIVER_SCHEME_UNKNOWN',
        message: expect.stringContaining(`${nearest}://?`),
        details: expect.objectContaining({ nearest })
      })
    )
  })

  it('names all schemes where none is near', () => {
    const { drivers } = registry()
    expect(() => drivers.forUrl('gopher+tls://a')).toThrow('known are ws, wss, memory')
  })

  it.each(['__proto__', 'constructor', 'toString'])('knows no scheme %s', (scheme) => {
    const { drivers } = registry()
    expect(() => drivers.forUrl(`${scheme}://a`)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/SCHEME_UNKNOWN|ADDRESS_INVALID/) })
    )
  })
})

describe('add', () => {
  it('refuses a scheme that is served already, and takes none of that driver', () => {
    const { drivers } = registry()
    const code = 'ERR_TRUSTP2P_DRIVER_SCHEME_TAKEN'
    expect(() => drivers.add(driver('other', ['tcp', 'wss']))).toThrow(expect.objectContaining({ code }))
    expect(drivers.schemes).toEqual(['ws', 'wss', 'memory'])
  })
})

describe('close', () => {
  it('closes each driver once', async () => {
    const closed: string[] = []
    const drivers = new DriverRegistry()
    drivers.add(driver('ws', ['ws', 'wss'], async () => void closed.push('ws')))
    drivers.add(driver('memory', ['memory'], async () => void closed.push('memory')))
    await drivers.close()
    expect(closed).toEqual(['ws', 'memory'])
  })

  it('rejects with the first failure once all are closed', async () => {
    const closed: string[] = []
    const drivers = new DriverRegistry()
    drivers.add(driver('ws', ['ws'], () => Promise.reject(new Error('stuck'))))
    drivers.add(driver('memory', ['memory'], async () => void closed.push('memory')))
    await expect(drivers.close()).rejects.toThrow('stuck')
    expect(closed).toEqual(['memory'])
  })
})
