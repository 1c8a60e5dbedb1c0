import { resolve } from 'node:path'
import { readOptions } from '../src/options'

describe('the arguments of the bench', () => {
  it('are names of rows; none means all', () => {
    expect(readOptions(['a', 'b'], ['a', 'b', 'c'])).toEqual({
      rows: ['a', 'b'],
      profileFolder: undefined,
      build: true
    })
    expect(readOptions([], ['a'])).toEqual({ rows: [], profileFolder: undefined, build: true })
  })

  it('switch the build off, and profiles on', () => {
    expect(readOptions(['--no-build', '--profile=out'], ['a'])).toEqual({
      rows: [],
      profileFolder: resolve('out'),
      build: false
    })
  })

  it('that are unknown are a RangeError with what there is', () => {
    expect(() => readOptions(['speed'], ['a', 'b'])).toThrow('"speed" is unknown')
    expect(() => readOptions(['speed'], ['a', 'b'])).toThrow(RangeError)
  })
})
