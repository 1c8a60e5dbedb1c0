import { createClient, createServer } from 'trustp2p'
import type { ConfigInput, P2pNode, P2pSocket } from 'trustp2p'
import { closing, createProject, once, until } from './project'

export const QUIET = { log: { level: 'silent' } } as const
export const LISTEN = { ...QUIET, listen: ['ws://127.0.0.1:0'] }

/** Where a thread may run. */
export const ISOLATIONS = ['inline', 'worker'] as const
export type Isolation = (typeof ISOLATIONS)[number]

/** The settings that have these threads run there. */
export function runningIn(isolation: Isolation, names: readonly string[]): NonNullable<ConfigInput['threads']> {
  return Object.fromEntries(names.map((name) => [name, { isolation }]))
}

export interface Pair {
  readonly server: P2pNode
  readonly client: P2pNode
  /** The client's socket. */
  readonly out: P2pSocket
  /** The server's end of it. */
  readonly in: P2pSocket
}

/** A server and its client, in one project: both run the threads that are given by file name, as the settings say. */
export async function createPair(
  threads: Readonly<Record<string, string>>,
  settings: NonNullable<ConfigInput['threads']> = {}
): Promise<Pair> {
  const project = createProject()
  for (const [file, text] of Object.entries(threads)) project.thread(file, text)
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, threads: settings }))
  const options = { cwd: project.cwd, ...QUIET, threads: settings }
  const client = await closing(createClient({ ...options, connect: server.addresses }))
  const [out] = client.sockets
  if (out === undefined) throw new Error('the client reached nobody')
  return { server, client, out, in: await until(() => server.sockets[0], 'an inbound socket') }
}

/** The address that a node listens on. */
export function addressOf(node: P2pNode): string {
  const [address] = node.addresses
  if (address === undefined) throw new Error('the node listens nowhere')
  return address
}

/** The peer id of a node. */
export function idOf({ id }: P2pNode): string {
  if (id === undefined) throw new Error('the node proves nothing')
  return id
}

/** An address of a node, with the id of the peer that is to be there [the one that it listens on]. */
export function pinned(node: P2pNode, url = addressOf(node)): string {
  return url.replace('://', `://${idOf(node)}@`)
}

/** How a socket of the node ends: its code and its reason. */
export async function closeOf(node: P2pNode): Promise<readonly unknown[]> {
  const [, code, reason] = await once(node, 'socket:close')
  return [code, reason]
}

/** Connects, and gives how the other side ends that. */
export async function refusalOf(client: P2pNode, url: string): Promise<readonly unknown[]> {
  const closed = closeOf(client)
  await client.connect(url)
  return closed
}
