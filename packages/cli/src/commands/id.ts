import type { Identity, IdentityPlace } from 'trustp2p'
import {
  createLog,
  createNetworkKey,
  createNodeKit,
  identityFile,
  openIdentity,
  resolveConfig,
  rotateIdentity
} from 'trustp2p'
import type { CommonOptions, NodeOptions } from '../common-options'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { printable, printableJson } from '../printable'
import { settingSources } from '../settings'
import type { Terminal } from '../terminal'

/** Prints the peer id of a node, whose key it makes where there is none yet. */
export async function showId(options: NodeOptions, { out }: Terminal): Promise<ExitStatus> {
  const place = await placeOf(options)
  const identity = await openIdentity(place)
  if (options.json) out.line(printableJson(await factsOf(identity, place), 'compact'))
  else out.line(identity.peerId)
  return ExitStatus.DONE
}

/** Prints a new key for a private network; nothing keeps it. */
export function newNetworkKey({ json }: CommonOptions, { out }: Terminal): ExitStatus {
  const key = createNetworkKey(createNodeKit({ log: createLog({ level: 'silent' }) }).crypto)
  out.line(json === true ? printableJson({ key }, 'compact') : key)
  return ExitStatus.DONE
}

/** Gives a node another key, and so another peer id; a node that runs takes it when it is started again. */
export async function rotateId(options: NodeOptions, { out }: Terminal): Promise<ExitStatus> {
  const place = await placeOf(options)
  const identity = await rotateIdentity(place)
  if (options.json) {
    out.line(printableJson(await factsOf(identity, place), 'compact'))
  } else {
    out.line(identity.peerId)
    out.line(`before it was ${identity.succession?.from ?? ''}; a node that runs is that one until it is started again`)
  }
  return ExitStatus.DONE
}

async function placeOf(options: NodeOptions): Promise<IdentityPlace> {
  const { name } = resolveConfig(await settingSources(options))
  return { cwd: folderOf(options), name, kit: createNodeKit({ log: createLog({ level: 'silent' }) }) }
}

async function factsOf({ peerId, succession }: Identity, place: IdentityPlace) {
  const former = succession && { formerPeerId: succession.from, at: succession.at }
  return { name: place.name, peerId, file: printable(await identityFile(place)), ...former }
}
