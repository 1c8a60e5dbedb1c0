import { stackFiles } from '../../src/host/load-error'

describe('the files of a stack trace', () => {
  it('are those of its frames, the innermost first', () => {
    const error = new Error('no')
    error.stack =
      'Error: no\n    at give (/a/one.js:1:2)\n    at /a/two.js:3:4\n    at async file:///a/three%20.mjs:5:6'
    expect(stackFiles(error)).toEqual(['/a/one.js', '/a/two.js', '/a/three .mjs'])
  })

  it.each(['\n', '\n ', ' at (/:1', '\n    at (', '\n    at /:1:'])(
    'are read in no time where the message, which a peer may have written, repeats %j',
    (part) => {
      const error = new Error(part.repeat(32_768 / part.length))
      const startedAt = performance.now()
      stackFiles(error)
      expect(performance.now() - startedAt).toBeLessThan(500)
    }
  )

  it.each([
    undefined,
    null,
    7,
    { stack: 7 },
    new Proxy(
      {},
      {
        has: () => {
          throw new Error('no')
        }
      }
    )
  ])('are none where it has no trace: %#', (thrown) => {
    expect(stackFiles(thrown)).toEqual([])
  })
})
