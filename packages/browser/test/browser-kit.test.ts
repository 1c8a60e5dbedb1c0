import { LONGEST_TIMER_MS } from 'trustp2p/browser'
import { createBrowserKit, createConsoleLog } from '../src'

describe('the kit of a browser', () => {
  const { clock, random, context, defer } = createBrowserKit()

  it('has the clocks of the platform', () => {
    const [before, exact] = [clock.now(), clock.exact()]
    expect(clock.now()).toBeGreaterThanOrEqual(before)
    expect(clock.exact()).toBeGreaterThanOrEqual(exact)
    expect(Math.abs(clock.wall() - Date.now())).toBeLessThan(5_000)
  })

  it('calls back after a time, and not where that was taken back', async () => {
    const calls: string[] = []
    const taken = clock.setTimeout(() => calls.push('taken back'), 0)
    clock.clearTimeout(taken)
    await new Promise<void>((resolve) => clock.setTimeout(resolve, 1))
    expect(calls).toEqual([])
    clock.clearTimeout(taken)
  })

  it('waits as long as timers can for what is longer than that', () => {
    const calls: string[] = []
    const handle = clock.setTimeout(() => calls.push('at once'), LONGEST_TIMER_MS + 1)
    clock.clearTimeout(handle)
    expect(calls).toEqual([])
  })

  it('draws numbers from 0 to 1 that differ', () => {
    const drawn = Array.from({ length: 100 }, () => random.next())
    expect(drawn.every((number) => number >= 0 && number < 1)).toBe(true)
    expect(new Set(drawn).size).toBeGreaterThan(90)
  })

  it('defers to after the code that runs, before promises that are made later', async () => {
    const order: string[] = []
    defer(() => order.push('deferred'))
    order.push('here')
    await Promise.resolve().then(() => order.push('later'))
    expect(order).toEqual(['here', 'deferred', 'later'])
  })

  it('knows what runs until it waits', () => {
    const place = context.createPlace({ thread: 'chat', home: {} }, 'start()')
    context.leave(context.enter(place))
    expect(context.current).toBeUndefined()
  })

  it('logs where it is told to', () => {
    const log = createConsoleLog({ level: 'silent' })
    expect(createBrowserKit({ log }).log).toBe(log)
  })
})

describe('a log to the console', () => {
  const NAMES = ['debug', 'info', 'warn', 'error'] as const

  /** The lines that were written while `use` ran: name of the method, and its values. */
  function linesOf(use: () => void): unknown[][] {
    const lines: unknown[][] = []
    const spies = NAMES.map((name) =>
      jest.spyOn(console, name).mockImplementation((...values: unknown[]) => void lines.push([name, ...values]))
    )
    use()
    for (const spy of spies) spy.mockRestore()
    return lines
  }

  it.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['fatal', 0],
    ['silent', 0]
  ] as const)('writes from its level on: %s', (level, count) => {
    const log = createConsoleLog({ level })
    expect(linesOf(() => NAMES.forEach((name) => log[name]({}, name)))).toHaveLength(count)
  })

  it('writes from info on where it was told no level', () => {
    const log = createConsoleLog()
    expect(linesOf(() => NAMES.forEach((name) => log[name]({}, name)))).toHaveLength(3)
  })

  it('adds the fields of its parents, and reads no formats in a text', () => {
    const log = createConsoleLog().child({ socket: '1' }).child({ peer: 'p' })
    expect(linesOf(() => log.warn({ code: 'X' }, '%c red %o'))).toEqual([
      ['warn', '%s', '%c red %o', { socket: '1', peer: 'p', code: 'X' }]
    ])
  })
})
