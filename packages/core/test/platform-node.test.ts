import { createTestKit } from '@trustp2p/testing'
import {
  createMemoryDriver,
  createNode,
  createThreadList,
  DriverRegistry,
  MemoryNetwork,
  PackageType,
  Thread
} from 'trustp2p'
import type { PlatformOptions } from 'trustp2p'

class Echo extends Thread {
  override get eventMap() {
    return { [PackageType.REQUEST]: { echo: (_socket: unknown, { body }: { body: unknown }) => body } }
  }
}

function createPlatform() {
  const kit = createTestKit()
  const network = new MemoryNetwork(kit)
  return (more: Partial<PlatformOptions> = {}): PlatformOptions => {
    const registry = new DriverRegistry()
    registry.add(createMemoryDriver({ kit, network }))
    return { kit, registry, source: createThreadList({}), ...more }
  }
}

it('createNode with a kit makes a node of its kit, registry and source alone', async () => {
  process.env.TRUSTP2P_NAME = 'environment'
  const optionsOf = createPlatform()
  const server = await createNode(optionsOf({ listen: ['memory://server'], source: createThreadList({ echo: Echo }) }))
  const client = await createNode(optionsOf({ connect: ['memory://server'] }))
  delete process.env.TRUSTP2P_NAME
  const [socket] = client.sockets
  if (socket === undefined) throw new Error('not connected')
  expect(await client.request(socket, 'echo', 'hello')).toBe('hello')
  expect(client.config.name).toBe('node')
  await client.close()
  await server.close()
})

it('createNode with a kit checks the configuration', async () => {
  const options = { ...createPlatform()(), limits: { inboundSockets: -1 } }
  await expect(createNode(options)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_CONFIG_INVALID' })
})

it('createNode with a kit wants a registry and a source', async () => {
  const optionsOf = createPlatform()
  const { registry, source, ...kitAlone } = optionsOf()
  await expect(createNode({ ...kitAlone, source } as PlatformOptions)).rejects.toThrow(/registry must hold/)
  await expect(createNode({ ...kitAlone, registry } as PlatformOptions)).rejects.toThrow(/source must say/)
})
