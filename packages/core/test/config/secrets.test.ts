import { defaultConfig } from '../../src/config/defaults'
import { explainConfig, resolveConfig, shownConfig } from '../../src/config/resolve-config'
import { isError } from '../../src/errors'

const URL = 'socks5://somebody:se%2Fcret@proxy.example:1080'

function problemsOf(code: object): string {
  try {
    resolveConfig({ role: 'node', code })
  } catch (error) {
    return JSON.stringify([isError(error) && error.message, error])
  }
  throw new Error('it was accepted')
}

describe('secrets of a configuration', () => {
  it('are in effect, and in no list', () => {
    const sources = { role: 'node', code: { proxy: { url: URL } } } as const
    const config = resolveConfig(sources)
    expect(config.proxy.url).toBe(URL)
    expect(shownConfig(config)).toMatchObject({ proxy: { url: 'socks5://***@proxy.example:1080' }, name: 'node' })
    expect(JSON.stringify([shownConfig(config), explainConfig(sources)])).not.toMatch(/somebody|cret/)
  })

  it('are in no report of what is wrong', () => {
    expect(problemsOf({ proxy: { url: 'socks5://somebody:se/cret@proxy.example' } })).not.toMatch(/somebody|cret/)
    expect(problemsOf({ proxy: URL })).not.toMatch(/somebody|cret/)
    expect(problemsOf({ proxy: { link: URL } })).not.toMatch(/somebody|cret/)
  })

  it('include the key of a private network, and not the path of its file', () => {
    const key = 'A'.repeat(42) + 'E='
    const sources = { role: 'node', code: { network: { key } } } as const
    expect(shownConfig(resolveConfig(sources))).toMatchObject({ network: { key: '***', keyFile: '' } })
    expect(JSON.stringify(explainConfig(sources))).not.toContain(key)
    expect(problemsOf({ auth: 'off', network: { key } })).not.toContain(key)
    expect(problemsOf({ network: { key: `${key}x` } })).not.toContain(key)
    expect(problemsOf({ auth: 'off', network: { keyFile: 'my.key' } })).toContain('my.key')
  })

  it('leave the rest as it is', () => {
    const config = defaultConfig('server')
    expect(shownConfig(config)).toEqual(config)
  })
})
