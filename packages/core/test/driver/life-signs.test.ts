import { LifeSigns } from '../../src/driver/life-signs'

const PONG_BYTES = 6

/** What a look finds: bytes that came, bytes that were taken, whether more wait. */
type Look = readonly [received: number, taken: number, waiting: boolean]

function verdicts(...looks: readonly Look[]): string[] {
  const signs = new LifeSigns(PONG_BYTES, 0)
  return looks.map(([received, taken, waiting]) => signs.look({ received, taken, waiting }))
}

it('a peer that sends is alive', () => {
  expect(verdicts([1, 0, false], [2, 0, false], [3, 0, false])).toEqual(['alive', 'alive', 'alive'])
})

it('a silent peer is to be pinged, and is dead where nothing came after that', () => {
  expect(verdicts([0, 0, false], [0, 0, false])).toEqual(['silent', 'dead'])
})

it('a peer that sends no more than its pong is to be pinged again, and one byte more is a sign of life', () => {
  expect(verdicts([0, 0, false], [PONG_BYTES, 0, false])).toEqual(['silent', 'silent'])
  expect(verdicts([0, 0, false], [PONG_BYTES + 1, 0, false])).toEqual(['silent', 'alive'])
})

it('a peer that takes what waits for it is alive, though it sends nothing', () => {
  expect(verdicts([0, 10, true], [0, 20, true], [0, 30, false])).toEqual(['silent', 'alive', 'alive'])
})

it('what the system takes while nothing waits is no sign of life', () => {
  expect(verdicts([0, 10, false], [0, 20, false])).toEqual(['silent', 'dead'])
})

it('what was sent before the first look is no sign of life when it is taken', () => {
  expect(verdicts([0, 200, false], [0, 200, false])).toEqual(['silent', 'dead'])
})

it('a peer that takes nothing of what waits for it is dead', () => {
  expect(verdicts([0, 10, true], [0, 10, true])).toEqual(['silent', 'dead'])
})
