import { EventPatterns } from '../../src/thread/event-patterns'

describe('patterns of events', () => {
  const patterns = new EventPatterns(
    new Map([
      [30, ['ask', 'chat/*', '__proto__']],
      [20, []]
    ])
  )

  it.each([
    [30, 'ask', true],
    [30, 'chat/send', true],
    [30, 'chat/', true],
    [30, '__proto__', true],
    [30, 'chat', false],
    [30, 'asks', false],
    [30, 'constructor', false],
    [20, 'ask', false],
    [10, 'ask', false]
  ])('of type %d include %s: %s', (type, event, included) => {
    expect(patterns.includes(type, event)).toBe(included)
  })

  it('are empty where no type has one', () => {
    expect(patterns.empty).toBe(false)
    expect(new EventPatterns(new Map([[20, []]])).empty).toBe(true)
  })
})
