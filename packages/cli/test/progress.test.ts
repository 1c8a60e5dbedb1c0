import { EventEmitter } from 'node:events'
import picocolors from 'picocolors'
import { ProgressLine, showWhile } from '../src/progress'
import { createOutput } from '../src/terminal'

class MemoryStream extends EventEmitter {
  readonly isTTY = true
  text = ''

  constructor(readonly columns: number) {
    super()
  }

  write(text: string): void {
    this.text += text
  }
}

describe('a line of progress', () => {
  const createLine = (stream: MemoryStream) => new ProgressLine(stream, picocolors.createColors(false))

  it('is written over itself, and gives way to every other line', () => {
    const stream = new MemoryStream(40)
    const progress = createLine(stream)
    const output = createOutput(stream, { NO_COLOR: '1' }, progress)
    progress.show('one')
    progress.show('two')
    output.line('a line')
    output.line('another')
    progress.clear()
    expect(stream.text).toBe('\r\u001b[Kone\r\u001b[Ktwo\r\u001b[Ka line\nanother\n')
  })

  it('is there while something is worked on, also where that fails', async () => {
    const stream = new MemoryStream(40)
    const progress = createLine(stream)
    expect(await showWhile(progress, 'working', Promise.resolve(1))).toBe(1)
    await expect(showWhile(progress, 'working', Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(stream.text).toBe('\r\u001b[Kworking …\r\u001b[K'.repeat(2))
  })

  it('is never longer than the terminal is wide', () => {
    const stream = new MemoryStream(10)
    createLine(stream).show('0123456789')
    expect(stream.text).toBe('\r\u001b[K012345678')
  })
})
