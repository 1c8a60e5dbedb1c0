import { median, ratios, spreadOf } from '../src/statistics'

describe('median', () => {
  it('is the middle of an odd number of values, whatever their order', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([10, 9, 100])).toBe(10)
    expect(median([7])).toBe(7)
  })

  it('is the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5)
  })

  it('leaves the list as it is', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('of no values is a RangeError', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('spreadOf', () => {
  it('gives the least, the median and the greatest', () => {
    expect(spreadOf([3, -1, 8, 4])).toEqual({ least: -1, median: 3.5, most: 8 })
  })

  it('of no values is a RangeError', () => {
    expect(() => spreadOf([])).toThrow(RangeError)
  })
})

describe('ratios', () => {
  it('divides round by round', () => {
    expect(ratios([3, 8], [4, 2])).toEqual([0.75, 4])
  })

  it('of lists of different lengths is a RangeError', () => {
    expect(() => ratios([1], [1, 2])).toThrow(RangeError)
  })
})
