import { createThreadList } from '../../src/thread/thread-list'
import type { ThreadEntry } from '../../src/thread/thread-source'

class A {}
class B {}

function openList(list: ReturnType<typeof createThreadList>) {
  const told: string[][] = []
  const show = (entries: readonly ThreadEntry[]): string[] => entries.map(({ name, revision }) => `${name} ${revision}`)
  const opened = list.open({ onChange: (entries) => told.push(show(entries)), onWarning: () => undefined })
  return { told, opened: opened.then(show) }
}

describe('a list of threads', () => {
  it('gives all classes in name order, or those that are switched on', async () => {
    expect(await openList(createThreadList({ b: B, a: A })).opened).toEqual(['a 2', 'b 1'])
    expect(await openList(createThreadList({ b: B, a: A }, { enabled: ['b'] })).opened).toEqual(['b 1'])
    expect(await openList(createThreadList({})).opened).toEqual([])
  })

  it('tells of what is switched on, off, and replaced', async () => {
    const list = createThreadList({ a: A, b: B }, { enabled: ['a'] })
    const { told, opened } = openList(list)
    await opened
    expect(await list.enable('b')).toBe(true)
    expect(await list.enable('b')).toBe(false)
    expect(await list.disable('a')).toBe(true)
    expect(await list.disable('a')).toBe(false)
    list.put('b', A)
    list.put('a', B)
    expect(told).toEqual([['a 1', 'b 2'], ['b 2'], ['b 3']])
    expect(await list.available()).toEqual(['a', 'b'])
  })

  it('loads the class that is there', async () => {
    const list = createThreadList({ a: A })
    const [entry] = await list.open({ onChange: () => undefined, onWarning: () => undefined })
    const signal = new AbortController().signal
    expect(await entry?.load({ globals: {} as never, signal })).toEqual({ exports: { default: A }, revision: 1 })
  })

  it('tells nothing once it is closed', async () => {
    const list = createThreadList({ a: A })
    const { told, opened } = openList(list)
    await opened
    await list.close()
    await list.disable('a')
    expect(told).toEqual([])
  })

  it('refuses names that are none, and names that it does not hold', async () => {
    const invalid = expect.objectContaining({ code: 'ERR_TRUSTP2P_THREAD_NAME_INVALID' }) as Error
    const missing = expect.objectContaining({
      code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND',
      message: "the list holds no thread 'b'; it has a"
    }) as Error
    expect(() => createThreadList({ '../a': A })).toThrow(invalid)
    expect(() => createThreadList({ a: A }, { enabled: ['b'] })).toThrow(missing)
    const list = createThreadList({ a: A })
    await expect(list.enable('b')).rejects.toEqual(missing)
    await expect(list.enable('')).rejects.toEqual(invalid)
    await expect(list.enable('__proto__')).rejects.toEqual(invalid)
    expect(await list.disable('b')).toBe(false)
  })
})
