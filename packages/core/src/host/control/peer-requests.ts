import { LONGEST_BAN_MS, LONGEST_REASON } from '../../peers/ban-reason'
import type { BanOptions, KnownPeer, NodePeers } from '../../peers/known-peer'
import { ControlEvent } from './control-events'
import type { PeerListing } from './control-events'
import { PEERS_LISTED } from './control-limits'
import { fieldsOf, invalidField, limitField, textField } from './control-router'
import type { ControlHandler } from './control-router'

/** What a node answers of the peers that it knows. */
export function peerHandlers(node: { readonly peers: NodePeers }): Record<string, ControlHandler> {
  const changed = async (change: Promise<boolean>) => ({ changed: await change })
  return {
    [ControlEvent.LIST_PEERS]: (body) => listing(node.peers.list(), limitField(body, PEERS_LISTED)),
    [ControlEvent.SHOW_PEER]: (body) => node.peers.get(textField(body, 'peer')) ?? null,
    [ControlEvent.BAN_PEER]: (body) => node.peers.ban(textField(body, 'peer'), banOptionsOf(body)),
    [ControlEvent.UNBAN_PEER]: (body) => changed(node.peers.unban(textField(body, 'peer'))),
    [ControlEvent.FORGET_PEER]: (body) => changed(node.peers.forget(textField(body, 'peer')))
  }
}

function listing(peers: readonly KnownPeer[], limit: number): PeerListing {
  return { peers: peers.slice(0, limit), total: peers.length }
}

function banOptionsOf(body: unknown): BanOptions {
  const { ms, reason } = fieldsOf(body)
  if (ms !== undefined && !(typeof ms === 'number' && Number.isInteger(ms) && ms >= 1 && ms <= LONGEST_BAN_MS)) {
    throw invalidField('ms', `a whole number from 1 to ${LONGEST_BAN_MS}`)
  }
  if (reason !== undefined && !(typeof reason === 'string' && reason.length <= LONGEST_REASON)) {
    throw invalidField('reason', `a text of at most ${LONGEST_REASON} characters`)
  }
  return { ...(ms !== undefined && { ms }), ...(reason !== undefined && { reason }) }
}
