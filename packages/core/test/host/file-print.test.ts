import { limitedNote } from '../../src/host/file-print'

it('takes so many notes, and drops the next one', () => {
  const taken: string[] = []
  const note = limitedNote((key) => taken.push(key), 2)
  for (const key of ['a', 'b', 'c']) note(key, 'print')
  expect(taken).toEqual(['a', 'b'])
})
