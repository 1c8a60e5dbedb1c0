import type { WsConfig } from '../../config/config'
import { CLOSE_MS } from '../close-frame'
import type { SocketLimits } from '../contract'

/** The library keeps the longest message as a 32-bit integer, in which more than this would mean no limit. */
const LONGEST_MESSAGE = 2 ** 31 - 1

/** Below this many bytes compression costs more than it saves. */
const COMPRESSION_THRESHOLD = 1_024

/**
 * Options of `ws` that both sides share. With compression each message stands alone (no context takeover): the
 * library keeps the threshold only then, and an idle socket holds no window of 32 KiB.
 */
export function wsOptions({ compression }: Pick<WsConfig, 'compression'>, { frameBytes }: SocketLimits) {
  return {
    maxPayload: Math.min(frameBytes, LONGEST_MESSAGE),
    ...pieces(frameBytes),
    closeTimeout: CLOSE_MS,
    // The library would drop who pings often, and say nothing of it.
    autoPong: false,
    skipUTF8Validation: false,
    perMessageDeflate: compression
      ? { threshold: COMPRESSION_THRESHOLD, serverNoContextTakeover: true, clientNoContextTakeover: true }
      : false
  }
}

/**
 * How many pieces one message may come in. Each is a buffer with some 200 bytes beside its own: without this limit a
 * message sent byte by byte would take 200 times its length in memory.
 */
function pieces(frameBytes: number): { maxFragments: number; maxBufferedChunks: number } {
  const most = Math.min(MOST_PIECES, FEWEST_PIECES + Math.ceil(frameBytes / SHORTEST_PIECE))
  return { maxFragments: most, maxBufferedChunks: most }
}

const FEWEST_PIECES = 1_024
const MOST_PIECES = 256 * 1_024
const SHORTEST_PIECE = 128
