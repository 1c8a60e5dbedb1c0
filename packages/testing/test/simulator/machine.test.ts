import { Machine } from '../../src/simulator/machine'
import { VirtualTime } from '../../src/simulator/virtual-time'

function createMachine() {
  const time = new VirtualTime(1_000)
  const machine = new Machine('one', '10.0.0.1', time)
  const seen: string[] = []
  const see = (what: string) => () => void seen.push(`${time.now} ${what}`)
  const runTo = (at: number): void => {
    while (time.nextAt <= at) time.step()
    time.goTo(at)
  }
  return { machine, seen, see, runTo, time }
}

it('runs timers at their time, those of 0 ms a ms later, and tells the virtual time', () => {
  const { machine, seen, see, runTo } = createMachine()
  machine.setTimeout(see('ten'), 10)
  machine.setTimeout(see('none'), 0)
  machine.clearTimeout(machine.setTimeout(see('cleared'), 5))
  expect(machine.timers).toBe(2)
  runTo(20)
  expect(seen).toEqual(['1 none', '10 ten'])
  expect([machine.timers, machine.now(), machine.exact(), machine.wall() % 1_000]).toEqual([0, 20, 20, 20])
})

it('lets wait what comes while it is paused, and takes it in order before anything that is new', () => {
  const { machine, seen, see, runTo, time } = createMachine()
  machine.setTimeout(see('timer'), 5)
  const cleared = machine.setTimeout(see('cleared'), 6)
  machine.pause()
  time.schedule(10, () => machine.perform(see('call')))
  runTo(20)
  machine.clearTimeout(cleared)
  expect(seen).toEqual([])
  time.schedule(0, () => machine.perform(see('new')))
  machine.resume()
  runTo(20)
  expect(seen).toEqual(['20 timer', '20 call', '20 new'])
})

it('keeps what waits where it is paused again before it came to that', () => {
  const { machine, seen, see, runTo } = createMachine()
  machine.pause()
  machine.perform(see('call'))
  machine.resume()
  machine.pause()
  runTo(5)
  expect(seen).toEqual([])
  machine.resume()
  runTo(6)
  expect(seen).toEqual(['5 call'])
})

it('runs nothing any more once it is down', async () => {
  const { machine, seen, see, runTo } = createMachine()
  machine.setTimeout(see('timer'), 5)
  machine.defer(see('deferred'))
  machine.pause()
  machine.perform(see('held'))
  machine.end()
  machine.perform(see('call'))
  machine.setTimeout(see('late timer'), 5)
  await new Promise((resolve) => setImmediate(resolve))
  runTo(20)
  expect(seen).toEqual([])
  expect(machine.timers).toBe(0)
})

it('dials from a port of its own each time', () => {
  const { machine } = createMachine()
  expect([machine.nextPeer(), machine.nextPeer()]).toEqual(['10.0.0.1:49153', '10.0.0.1:49154'])
})
