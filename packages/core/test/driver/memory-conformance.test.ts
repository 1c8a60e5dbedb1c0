import { createMemoryDriver } from '../../src/driver/memory/memory-driver'
import { MemoryNetwork } from '../../src/driver/memory/memory-network'
import { createNodeKit } from '../../src/host/kit'
import { createLog } from '../../src/host/log'
import { describeDriver } from '@trustp2p/testing'

const kit = createNodeKit({ log: createLog({ level: 'silent' }) })
let network = new MemoryNetwork(kit)

describeDriver({
  name: 'memory',
  createDriver: () => createMemoryDriver({ kit, network }),
  reset: () => void (network = new MemoryNetwork(kit)),
  listenUrl: 'memory://server',
  otherUrl: 'memory://other',
  deadUrl: 'memory://nobody',
  invalidUrls: ['memory:server', 'memory://', 'memory://a b', 'ws://server', ''],
  choosesPort: false
})
