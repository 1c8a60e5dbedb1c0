import { PackageType, Thread } from 'trustp2p'

/** Does what no handler should, in a worker of its own. */
export default class Risky extends Thread {
  static override manifest = { isolation: 'worker' as const, restart: { firstMs: 100 } }

  override get eventMap() {
    return {
      [PackageType.REQUEST]: {
        'risky/ping': () => 'pong',
        'risky/throw': this.onThrow,
        'risky/exit': () => process.exit(1),
        'risky/loop': this.onLoop,
        'risky/fill': this.onFill
      }
    }
  }

  /** Throws where nobody waits for it. */
  onThrow(): Promise<never> {
    process.nextTick(() => {
      throw new Error('nobody catches this')
    })
    return new Promise(() => undefined)
  }

  onLoop(): never {
    for (;;);
  }

  onFill(): never {
    const held: number[][] = []
    for (;;) held.push(new Array<number>(1_000).fill(held.length))
  }
}
