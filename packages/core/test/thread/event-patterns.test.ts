import { EventPatterns } from '../../src/thread/event-patterns'

it('event patterns give back what they were made from', () => {
  const given = new Map([
    [30, ['a', 'b/*']],
    [20, ['*']]
  ])
  expect([...new EventPatterns(given)].sort()).toEqual([
    [20, '*'],
    [30, 'a'],
    [30, 'b/*']
  ])
})

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
