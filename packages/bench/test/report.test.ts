import { formatReport } from '../src/report'

describe('formatReport', () => {
  it('prints each figure with its target, spread and verdict, and its note below it', () => {
    const figure = { figure: '0.80', target: '>= 0.75', spread: '0.76 .. 0.90' }
    const report = formatReport([
      { what: 'first', ...figure, met: true, note: 'a note' },
      { what: 'the second', ...figure, met: false }
    ])
    expect(report.split('\n')).toEqual([
      'row         figure  target   spread        verdict',
      'first       0.80    >= 0.75  0.76 .. 0.90  met',
      '  a note',
      'the second  0.80    >= 0.75  0.76 .. 0.90  not'
    ])
  })
})
