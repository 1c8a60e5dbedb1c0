import { P2pError } from '../../errors'
import { LONGEST_BAN_MS, LONGEST_REASON } from '../../peers/ban-reason'
import type { BanOptions, KnownPeer, NodePeers } from '../../peers/known-peer'
import { ControlEvent } from './control-events'
import type { PeerListing } from './control-events'
import { PEERS_LISTED } from './control-limits'
import { fieldsOf, textField } from './control-router'
import type { ControlHandler } from './control-router'

/** What a node answers of the peers that it knows. */
export function peerHandlers(node: { readonly peers: NodePeers }): Record<string, ControlHandler> {
  const changed = async (change: Promise<boolean>) => ({ changed: await change })
  return {
    [ControlEvent.LIST_PEERS]: (body) => listing(node.peers.list(), limitOf(body)),
    [ControlEvent.SHOW_PEER]: (body) => node.peers.get(textField(body, 'peer')) ?? null,
    [ControlEvent.BAN_PEER]: (body) => node.peers.ban(textField(body, 'peer'), banOptionsOf(body)),
    [ControlEvent.UNBAN_PEER]: (body) => changed(node.peers.unban(textField(body, 'peer'))),
    [ControlEvent.FORGET_PEER]: (body) => changed(node.peers.forget(textField(body, 'peer')))
  }
}

function listing(peers: readonly KnownPeer[], limit: number): PeerListing {
  return { peers: peers.slice(0, limit), total: peers.length }
}

function limitOf(body: unknown): number {
  const { limit = PEERS_LISTED } = fieldsOf(body)
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1) return Math.min(limit, PEERS_LISTED)
  throw invalid('limit', 'a whole number from 1 on')
}

function banOptionsOf(body: unknown): BanOptions {
  const { ms, reason } = fieldsOf(body)
  if (ms !== undefined && !(typeof ms === 'number' && Number.isInteger(ms) && ms >= 1 && ms <= LONGEST_BAN_MS)) {
    throw invalid('ms', `a whole number from 1 to ${LONGEST_BAN_MS}`)
  }
  if (reason !== undefined && !(typeof reason === 'string' && reason.length <= LONGEST_REASON)) {
    throw invalid('reason', `a text of at most ${LONGEST_REASON} characters`)
  }
  return { ...(ms !== undefined && { ms }), ...(reason !== undefined && { reason }) }
}

function invalid(name: string, what: string): P2pError {
  return new P2pError('ERR_TRUSTP2P_CONTROL_INVALID', `"${name}" of this control request is ${what}`)
}
