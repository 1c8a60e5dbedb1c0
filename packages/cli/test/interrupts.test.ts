import { EventEmitter } from 'node:events'
import { SAME_PRESS_MS, listenForInterrupts } from '../src/interrupts'

function listen() {
  const source = new EventEmitter()
  const heard: string[] = []
  const clock = { ms: 1000 }
  listenForInterrupts({
    source,
    now: () => clock.ms,
    onFirst: () => heard.push('first'),
    onAgain: () => heard.push('again')
  })
  const signalAt = (ms: number, signal = 'SIGINT') => {
    clock.ms = ms
    source.emit(signal)
  }
  return { heard, signalAt }
}

describe('interrupts', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s is a first press', (signal) => {
    const { heard, signalAt } = listen()
    signalAt(1000, signal)
    expect(heard).toEqual(['first'])
  })

  it(`within ${SAME_PRESS_MS} ms belong to the first press, and no later`, () => {
    const { heard, signalAt } = listen()
    signalAt(1000)
    signalAt(1000)
    signalAt(1000 + SAME_PRESS_MS)
    expect(heard).toEqual(['first'])
    signalAt(1000 + SAME_PRESS_MS + 1, 'SIGTERM')
    expect(heard).toEqual(['first', 'again'])
  })
})
