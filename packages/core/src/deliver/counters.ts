/** What deliver counted since the node was made. */
export interface DeliverCounters {
  /** Inbound sockets that were closed at once, by limits.inboundSockets, -PerHost and -PerSecond. */
  refusedSockets: number
  framesIn: number
  framesOut: number
  /** Frames of length zero: the greeting of a 2018 peer. */
  emptyFrames: number
  /** Frames that are no package. */
  badFrames: number
  /** Talks and system messages that no thread handles. */
  unknownEvents: number
  /** Packages of a type or encoding that this version does not know. */
  unknownKinds: number
  /** Frames over limits.framesPerSecond or limits.bytesPerSecond: their sockets are closed. */
  limitedFrames: number
  /** Requests that were refused since too many run. */
  busyRequests: number
  /** Talks that were dropped since too many run. */
  busyTalks: number
  /** Requests whose tag is running already: the first one's answer serves both. */
  repeatedRequests: number
  /** Requests of ours that joined an identical one. */
  coalescedRequests: number
  /** Requests of ours that were sent to another server. */
  reroutedRequests: number
  /** Answers to nothing: late, repeated, or never asked for. */
  strayAnswers: number
  /** Answers of handlers that came after the first one, or after the asker had gone. */
  lateReplies: number
  /** Frames for a peer whose greeting does not say that it reads their encoding, dropped after they waited for it. */
  unsupportedFrames: number
  /** Typed packages that were refused since the contracts of the two peers do not agree. */
  mismatchedBodies: number
  /** Peers that were refused since they did not prove who they are, or not as they should. */
  failedProofs: number
  /** Connections and peers that a rule, or `admit`, has refused or closed. */
  refusedPeers: number
  /** Sealed frames that did not open. */
  brokenSeals: number
  /** Frames that came while the socket or the node was closing. */
  droppedFrames: number
}

export function createCounters(): DeliverCounters {
  return {
    refusedSockets: 0,
    framesIn: 0,
    framesOut: 0,
    emptyFrames: 0,
    badFrames: 0,
    unknownEvents: 0,
    unknownKinds: 0,
    limitedFrames: 0,
    busyRequests: 0,
    busyTalks: 0,
    repeatedRequests: 0,
    coalescedRequests: 0,
    reroutedRequests: 0,
    strayAnswers: 0,
    lateReplies: 0,
    unsupportedFrames: 0,
    mismatchedBodies: 0,
    failedProofs: 0,
    refusedPeers: 0,
    brokenSeals: 0,
    droppedFrames: 0
  }
}
