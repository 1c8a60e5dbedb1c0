import { describeDriver } from '@trustp2p/testing'
import type { Driver } from 'trustp2p'
import { EventLog } from '../../src/simulator/event-log'
import { Machine } from '../../src/simulator/machine'
import { Network } from '../../src/simulator/network'
import { randomFor } from '../../src/simulator/seeds'
import { createSimulatedDriver } from '../../src/simulator/simulated-driver'
import { readSimulationOptions } from '../../src/simulator/simulation-options'
import { VirtualTime } from '../../src/simulator/virtual-time'
import { followRealTime } from './real-time'

let time: VirtualTime
let network: Network
let machines = 0
let stop: (() => void) | undefined

function createNetwork(): void {
  const settings = readSimulationOptions({ seed: 1, latencyMs: [0, 3], jitterMs: 2 })
  stop?.()
  time = new VirtualTime(settings.instantEvents)
  network = new Network({ time, settings, random: randomFor(1, 'network'), log: new EventLog(0) })
  stop = followRealTime(time)
}

function createDriver(): Driver {
  machines += 1
  return createSimulatedDriver(new Machine(`m${machines}`, `10.0.0.${machines % 256}`, time), network)
}

afterAll(() => stop?.())

describeDriver({
  name: 'sim',
  createDriver,
  reset: createNetwork,
  listenUrl: 'sim://server',
  otherUrl: 'sim://other',
  deadUrl: 'sim://nobody',
  invalidUrls: ['sim://', 'sim://a b', 'sim://server/path', 'memory://server'],
  choosesPort: false
})
