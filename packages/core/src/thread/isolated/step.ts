/** What the code in a room may do that is no handler, in the order of their numbers in its step. */
const STEPS = [
  'code that nobody waits for',
  'the module',
  'the constructor',
  'start()',
  'stop()',
  'snapshot()',
  'restore()',
  'reconfigure()',
  'onSocketConnection()',
  'onSocketOpen()',
  'onSocketClose()',
  'onSocketError()',
  'a method for another thread',
  'an effect',
  'a timer or a listener'
] as const

/** A step that is no handler. */
export type Step = (typeof STEPS)[number]

/** The number of a step: 0 or less, since those of handlers are the numbers of their messages. */
export function numberOf(step: Step): number {
  return -STEPS.indexOf(step)
}

/** The step of a number that is 0 or less. */
export function stepOf(number: number): Step {
  return STEPS[-number] ?? STEPS[0]
}

/** The step of a hook. */
export function stepOfHook(name: string): Step {
  return STEPS.find((step) => step === `${name}()`) ?? STEPS[0]
}

/** Writes down what the code of a room does, where the node can read it though the room stands still. */
export class StepMarker {
  readonly #step: Int32Array

  constructor(step: Int32Array) {
    this.#step = step
  }

  /** Runs code as a step; what it awaits is no part of it. */
  run<Result>(number: number, code: () => Result): Result {
    const outer = Atomics.exchange(this.#step, 0, number)
    try {
      return code()
    } finally {
      Atomics.store(this.#step, 0, outer)
    }
  }
}
