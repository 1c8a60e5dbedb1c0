import { createNodeKit, createPlainContext } from 'trustp2p'
import type { Driver, DriverModule, DriverSocket } from 'trustp2p'
import { createMemoryLog } from '../memory-log'
import { LIMITS, listenOptions } from './driver-bench'
import type { DriverOrder } from './driver-process'
import { SocketRecorder } from './socket-recorder'

/** The program of a DriverProcess: its arguments are the module of the driver and its config; orders come by messages. */
async function run(file: string, config: string): Promise<void> {
  const exported = module.require(file) as DriverModule
  const kit = createNodeKit({ log: createMemoryLog(), context: createPlainContext() })
  const driver = await exported.createDriver({ kit, config: JSON.parse(config) as unknown, cwd: process.cwd() })
  process.on('message', (order: DriverOrder) => void obey(driver, order).then((answer) => process.send?.(answer)))
  process.send?.('ready')
}

/** Room for all that a peer sent while this process stood still: it is answered at once then. */
const ECHO_LIMITS = { ...LIMITS, sendQueueBytes: 64 * 1024 * 1024 }

async function obey(driver: Driver, order: DriverOrder): Promise<string> {
  if ('listen' in order) return (await driver.listen(order.listen, listenOptions(echo, ECHO_LIMITS))).address
  echo(await driver.dial(order.dial, { limits: ECHO_LIMITS }))
  return ''
}

function echo(socket: DriverSocket): void {
  SocketRecorder.of(socket).answer = (bytes) => void socket.send(bytes)
}

void run(process.argv[2] ?? '', process.argv[3] ?? '{}')
