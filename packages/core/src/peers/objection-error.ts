import { P2pError } from '../errors'
import type { ErrorCode } from '../errors'
import type { BanCause, PeerBan } from './known-peer'
import type { PeerObjection } from './peer-book'

const CODES: Readonly<Record<BanCause, ErrorCode>> = {
  offences: 'ERR_TRUSTP2P_LIMIT_HOST_BANNED',
  score: 'ERR_TRUSTP2P_LIMIT_PEER_BANNED',
  hand: 'ERR_TRUSTP2P_RULE_BANNED'
}

/** Why somebody who is banned is kept out; `peer` is who comes, or is dialled. */
export function bannedError({ id, since, until, by, reason }: PeerBan, peer: string): P2pError {
  const who = peer === id ? id : `${id} (${peer})`
  const why = reason === '' ? '' : `: ${reason}`
  const text = `${who} is banned for ${until - since} ms${why}`
  return new P2pError(CODES[by], text, { details: { peer, banned: id, until } })
}

/** Why a proved peer is kept out; `peer` is who comes, or is dialled. */
export function objectionError(
  objection: PeerObjection,
  { peerId, peer }: { readonly peerId: string; readonly peer: string }
): P2pError {
  if ('ban' in objection) return bannedError(objection.ban, peer)
  const score = objection.score.toFixed(1)
  const text = `${peerId} (${peer}) is refused while its score is at or below limits.refuseScore: it is ${score}`
  return new P2pError('ERR_TRUSTP2P_LIMIT_PEER_SCORE', text, { details: { peer, peerId, score: objection.score } })
}
