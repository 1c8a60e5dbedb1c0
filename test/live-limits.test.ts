import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LimitsConfig } from 'trustp2p'
import { useLimitedNodes } from './live-limits-nodes'

const { serve } = useLimitedNodes()

describe('limits of a running node', () => {
  it('change, and are those of its configuration then, which stays frozen', async () => {
    const server = await serve({ banMs: 5 })
    const before = server.config
    expect(server.limits.set({ banMs: 7, admitMs: 8 })).toMatchObject({ banMs: 7, admitMs: 8, offencesPerHour: 0 })
    expect([before.limits.banMs, server.config.limits.banMs, server.config.limits.admitMs]).toEqual([5, 7, 8])
    expect([Object.isFrozen(server.config), Object.isFrozen(server.config.limits)]).toEqual([true, true])
    expect({ ...server.config, limits: {} }).toEqual({ ...before, limits: {} })
  })

  it('show nothing of what else the node is told', async () => {
    const { limits } = await serve()
    expect(Reflect.ownKeys(limits)).toEqual(['set'])
    const { set } = limits
    expect(set({ banMs: 9 }).banMs).toBe(9)
  })

  it.each([
    [{ inboundSocket: 5 }, 'inboundSockets'],
    [{ inboundSockets: -1 }, 'a whole number from 0'],
    [{ frameBytes: 1024, sendQueueBytes: 512 }, 'the longest frame must fit into the queue'],
    ['none', 'an object']
  ])('are refused as a whole where they are none: %j', async (changes, text) => {
    const server = await serve()
    const before = server.config
    const set = (): unknown => server.limits.set(changes as Partial<LimitsConfig>)
    expect(set).toThrow(text)
    expect(set).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_CONFIG_INVALID' }))
    expect(server.config).toBe(before)
  })

  it('each have a test that changes it', async () => {
    const { config } = await serve()
    const files = readdirSync(__dirname).filter((file) => /^live-limits.*\.test\.ts$/.test(file))
    const text = files.map((file) => readFileSync(join(__dirname, file), 'utf8')).join('\n')
    const changed = [...text.matchAll(/limits\.set\(\{ ([^}]+) \}\)|^ {4}\['(\w+)', PackageType/gm)].flatMap((found) =>
      [...(found[1] ?? `${found[2]}:`).matchAll(/(\w+):/g)].map(([, key]) => key)
    )
    expect(Object.keys(config.limits).filter((key) => !changed.includes(key))).toEqual([])
  })
})
