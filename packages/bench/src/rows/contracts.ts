import type { Figure, Row } from '../figure'
import type { Numbers } from '../process/answer'
import { median, ratios, spreadOf } from '../statistics'
import { decimals, range } from '../text'

const ROUNDS = 9
const CALLS = 100_000
const WARM_UPS = 3
const ENCODE_TARGET = 1.5
const DECODE_TARGET = 1

/** Writing and reading a typed body, checks included, against the same body in JSON. */
export const contracts: Row = {
  name: 'contracts',
  async measure(bench) {
    const child = bench.start('programs/contracts')
    for (let round = 0; round < WARM_UPS; round++) await child.ask('measure', { calls: CALLS })
    const rounds: Numbers[] = []
    for (let round = 0; round < ROUNDS; round++) rounds.push(await child.ask('measure', { calls: CALLS }))
    const { json = NaN, typed = NaN } = await child.ask('sizes')
    await bench.stop(child)
    const note = `${typed} bytes for ${json} in JSON`
    return [
      { ...figureOf('writing', rounds, 'encode', ENCODE_TARGET), note },
      figureOf('reading', rounds, 'decode', DECODE_TARGET)
    ]
  }
}

function figureOf(verb: string, rounds: readonly Numbers[], step: 'encode' | 'decode', target: number): Figure {
  const json = rounds.map((round) => round[`${step}Json`] ?? NaN)
  const typed = rounds.map((round) => round[`${step}Typed`] ?? NaN)
  const spread = spreadOf(ratios(json, typed))
  return {
    what: `time of ${verb} a body of 64 bytes of JSON, to that of ${verb} it typed (${median(typed).toFixed(0)} ns)`,
    figure: decimals(spread.median),
    target: `>= ${decimals(target)}`,
    spread: range(spread, decimals),
    met: spread.median >= target
  }
}
