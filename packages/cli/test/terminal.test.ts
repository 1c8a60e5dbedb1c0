import { EventEmitter } from 'node:events'
import { createOutput } from '../src/terminal'

class MemoryStream extends EventEmitter {
  text = ''

  constructor(readonly isTTY: boolean) {
    super()
  }

  write(text: string, done?: () => void): void {
    this.text += text
    done?.()
  }
}

describe('an output', () => {
  it('writes lines until its reader is gone, and nothing after that, which is no failure', async () => {
    const stream = new MemoryStream(false)
    const output = createOutput(stream, {})
    output.line('one')
    stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    output.line('two')
    expect(stream.text).toBe('one\n')
    await output.gone
    await output.written()
  })

  it('that cannot be written to tells why once all should be written', async () => {
    const stream = new MemoryStream(false)
    const output = createOutput(stream, {})
    await output.written()
    stream.emit('error', Object.assign(new Error('ENOSPC: the disk is full'), { code: 'ENOSPC' }))
    output.line('two')
    await output.gone
    await expect(output.written()).rejects.toMatchObject({
      code: 'ENOSPC',
      message: 'the results cannot be written: ENOSPC: the disk is full'
    })
    expect(stream.text).toBe('')
  })

  it.each([
    ['a terminal', true, {}, true],
    ['a pipe', false, {}, false],
    ['a pipe, whatever FORCE_COLOR and CI say', false, { FORCE_COLOR: '1', CI: 'true' }, false],
    ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['a terminal with an empty NO_COLOR', true, { NO_COLOR: '' }, true],
    ['a dumb terminal', true, { TERM: 'dumb' }, false]
  ])('on %s has the right colours', (_, isTTY, environment, colored) => {
    const { colors } = createOutput(new MemoryStream(isTTY), environment)
    expect(colors.red('x') !== 'x').toBe(colored)
  })
})
