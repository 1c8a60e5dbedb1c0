import * as trustp2p from '../../src/index'
import { threadApi } from '../../src/host/worker/thread-api'

it('U4 a thread in a worker imports the same names from trustp2p as one in the node', () => {
  expect(Object.keys(threadApi()).sort()).toEqual(Object.keys(trustp2p).sort())
  for (const [name, value] of Object.entries(trustp2p)) expect(Reflect.get(threadApi(), name)).toBe(value)
})
