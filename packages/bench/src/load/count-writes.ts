// Loaded by --require before the program: counts the writes that reach the system, each of which is one call.
import { Socket } from 'node:net'
import { countWrite } from './counted-writes'

type Write = (...values: unknown[]) => unknown

for (const name of ['_write', '_writev'] as const) {
  const write: unknown = Reflect.get(Socket.prototype, name)
  if (!isWrite(write)) throw new TypeError(`net.Socket has no ${name} in this version of Node`)
  Reflect.set(Socket.prototype, name, function (this: Socket, ...values: unknown[]): unknown {
    countWrite()
    return Reflect.apply(write, this, values)
  })
}

function isWrite(value: unknown): value is Write {
  return typeof value === 'function'
}
