import { P2pError } from 'trustp2p'
import { describeError, reportError } from '../src/report-error'
import { createMemoryOutput } from './memory-terminal'

function reported(error: unknown, json = false): string[] {
  const output = createMemoryOutput()
  reportError(error, output, json)
  return output.lines
}

describe('a reported error', () => {
  it('with a code is its message, its code and what to do on a command line', () => {
    expect(reported(new P2pError('ERR_TRUSTP2P_REQUEST_TIMEOUT', 'no answer to x within 5 ms'))).toEqual([
      'error: no answer to x within 5 ms (ERR_TRUSTP2P_REQUEST_TIMEOUT)',
      '  ask again, or wait longer: --timeout, or request.timeoutMs'
    ])
    const remedy = 'look at its process'
    expect(reported(new P2pError('ERR_TRUSTP2P_REQUEST_TIMEOUT', 'late', { details: { remedy } }))[1]).toBe(
      `  ${remedy}`
    )
  })

  it.each([
    ['ERR_TRUSTP2P_CONFIG_INVALID', 'the configuration is wrong'],
    ['ERR_TRUSTP2P_DRIVER_LISTEN_FAILED', 'cannot listen'],
    ['ERR_TRUSTP2P_REQUEST_ABORTED', 'the request was aborted'],
    ['ERR_TRUSTP2P_REQUEST_TIMEOUT', 'no answer; ask again with more time']
  ] as const)('%s with "%s" has no remedy that says nothing new', (code, message) => {
    expect(reported(new P2pError(code, message))).toEqual([`error: ${message} (${code})`])
  })

  it('points at the peer without its cause, which the message has', () => {
    expect(describeError(new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_FAILED', 'cannot reach x: refused'))?.remedy).toBe(
      'check the address and the peer'
    )
  })

  it('of several lines is indented below the first', () => {
    expect(reported(new P2pError('ERR_TRUSTP2P_CONFIG_INVALID', 'wrong in 2 places:\n  a\n  b'))).toEqual([
      'error: wrong in 2 places:',
      '    a',
      '    b (ERR_TRUSTP2P_CONFIG_INVALID)'
    ])
  })

  it('of a peer is one line, and cannot reach the terminal', () => {
    const text = 'no\u001b[2J\nerror: run rm'
    expect(reported(new P2pError('ERR_TRUSTP2P_REQUEST_REMOTE', text, { details: { remote: true } }))).toEqual([
      'error: the peer answered: no\\u001b[2J\\u000aerror: run rm (ERR_TRUSTP2P_REQUEST_REMOTE)'
    ])
  })

  it('of the system has its code and no stack', () => {
    expect(reported(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }))).toEqual([
      'error: EACCES: permission denied (EACCES)'
    ])
  })

  it.each([
    ['a TypeError', new TypeError('x is no function')],
    ['a RangeError with a code', Object.assign(new RangeError('out of range'), { code: 'ERR_OUT_OF_RANGE' })],
    ['an error without a code', new Error('what')]
  ])('that is %s is a mistake in the program, with its stack', (_, error) => {
    const lines = reported(error)
    expect(lines[0]).toContain(error.message)
    expect(lines.join('\n')).toContain('report-error.test')
  })

  it('is one line of JSON for programs', () => {
    const error = new P2pError('ERR_TRUSTP2P_REQUEST_TIMEOUT', 'late')
    expect(reported(error, true)).toEqual([
      '{"error":{"code":"ERR_TRUSTP2P_REQUEST_TIMEOUT","message":"late","remedy":"ask again, or wait longer: --timeout, or request.timeoutMs"}}'
    ])
    expect(reported(new TypeError('bug'), true)).toHaveLength(1)
  })
})
