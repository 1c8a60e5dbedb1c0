import { P2pError } from '../errors'

/** `why` tells what does not hold. */
export function proofFailed(why: string): P2pError {
  return new P2pError('ERR_TRUSTP2P_PROOF_FAILED', `${why}: the peer is not who it says, or somebody stands between`)
}
