import { Settling } from '../../src/host/settling'

function createSettling() {
  let time = 0
  const settling = new Settling({ settleMs: 40, longestMs: 100, now: () => time })
  /** One look in which these things differ from what was told. */
  const look = (at: number, shapes: Record<string, string>): [settled: string[], done: boolean] => {
    time = at
    const settled = Object.keys(shapes).filter((name) => settling.isSettled(name, shapes[name] ?? ''))
    return [settled, settling.endLook()]
  }
  return look
}

it('settles what stayed as it is for settleMs', () => {
  const look = createSettling()
  expect(look(0, { a: 'x' })).toEqual([[], false])
  expect(look(39, { a: 'x' })).toEqual([[], false])
  expect(look(40, { a: 'x' })).toEqual([['a'], true])
})

it('waits anew when it changes again', () => {
  const look = createSettling()
  look(0, { a: 'x' })
  expect(look(30, { a: 'y' })).toEqual([[], false])
  expect(look(69, { a: 'y' })).toEqual([[], false])
  expect(look(70, { a: 'y' })).toEqual([['a'], true])
})

it('settles what never rests after longestMs', () => {
  const look = createSettling()
  for (let at = 0; at < 100; at += 10) expect(look(at, { a: `x${at}` })).toEqual([[], false])
  expect(look(100, { a: 'y' })).toEqual([['a'], true])
})

it('forgets what changed back', () => {
  const look = createSettling()
  look(0, { a: 'x', b: 'x' })
  expect(look(10, { b: 'x' })).toEqual([[], false])
  expect(look(40, { a: 'x', b: 'x' })).toEqual([['b'], false])
  expect(look(80, { a: 'x' })).toEqual([['a'], true])
})
