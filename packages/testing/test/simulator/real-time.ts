import type { VirtualTime } from '../../src/simulator/virtual-time'

/** Lets virtual time go on as fast as real time, for tests that know nothing of it; gives the way to stop it. */
export function followRealTime(time: VirtualTime): () => void {
  const startedAt = performance.now() - time.now
  let timer: NodeJS.Immediate | undefined
  const turn = (): void => {
    const now = Math.floor(performance.now() - startedAt)
    if (time.nextAt <= now) time.step()
    else if (now > time.now) time.goTo(now)
    timer = setImmediate(turn)
  }
  turn()
  return () => clearImmediate(timer)
}
