import type { NodeConfig } from 'trustp2p'
import { createIdentity, createLog, createNode, createNodeKit, createThreadList } from 'trustp2p'
import type { NodeReport } from 'trustp2p/control'
import { findingOf, ok, skipped, warning } from './finding'
import type { Finding } from './finding'
import type { Patient } from './patient'

/** Listens for a moment on each address that `start` would listen on. */
export async function checkAddresses({ config, folder, reports }: Patient): Promise<Finding[]> {
  if (config === undefined) return [skipped('the addresses were not looked at: the configuration is wrong')]
  const findings: Finding[] = []
  for (const url of new Set(config.listen)) {
    const owner = reports.find((report) => listensOn(report, url))
    findings.push(owner === undefined ? await listenOnce(url, config, folder) : heldBy(owner, url, config.name))
  }
  return findings
}

/** True where a node has the port of an address, be it by the name or by the IP address that the name stands for. */
function listensOn({ listen, addresses }: NodeReport, url: string): boolean {
  const place = portOf(url)
  return place !== undefined && [...listen, ...addresses].some((one) => portOf(one) === place)
}

const DEFAULT_PORTS: Readonly<Record<string, string | undefined>> = { 'ws:': '80', 'wss:': '443' }

/**
 * Host and port, which scheme and path do not change, or the path of a Unix socket; undefined for a port that the system
 * chooses, and for no URL.
 */
function portOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol, hostname, port, pathname } = new URL(url)
  if (protocol === 'unix:') return pathname
  return port === '0' ? undefined : `${hostname}:${port === '' ? DEFAULT_PORTS[protocol] : port}`
}

function heldBy({ name, pid }: NodeReport, url: string, wanted: string): Finding {
  if (name === wanted) return ok(`${url} is listened on by the node ${name}`)
  return warning(`${url} is listened on by the node ${name} (process ${pid})`, 'give one of them another port')
}

async function listenOnce(url: string, config: NodeConfig, cwd: string): Promise<Finding> {
  const logger = createLog({ level: 'silent' })
  try {
    const node = await createNode({
      ...config,
      cwd,
      configFile: false,
      listen: [url],
      connect: [],
      control: false,
      store: false,
      source: createThreadList({}),
      // The first start makes the node's own.
      identity: createIdentity(createNodeKit({ log: logger }).crypto),
      logger
    })
    await node.close()
    return ok(`${url} is free to listen on`)
  } catch (error) {
    return findingOf(error)
  }
}
