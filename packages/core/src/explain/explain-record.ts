/** Where on the way of a connection, a frame or a request something came to its end. */
export type ExplainStage =
  | 'start'
  | 'listen'
  | 'dial'
  | 'accept'
  | 'greeting'
  | 'proof'
  | 'socket'
  | 'frame'
  | 'send'
  | 'request'
  | 'answer'
  | 'thread'

/** How a socket came to its end. */
export interface ExplainedClose {
  /** `us`, `peer`, or `nobody` where the connection was lost. */
  readonly by: 'us' | 'peer' | 'nobody'
  /** The close code (RFC 6455, section 7.4). */
  readonly code: number
  /** As who closed it gave it: text of a peer, as it came. */
  readonly reason: string
}

/** Why something did not happen, or was ended: plain values, of which those that a peer sent are as they came. */
export interface ExplainRecord {
  /** When, the last time, in ms since 1970. */
  readonly at: number
  /** When, the first time, in ms since 1970. */
  readonly since: number
  /** How often since then. */
  readonly count: number
  /** Where: see `ExplainStage`. */
  readonly stage: ExplainStage
  /** A code of the catalogue, or the code that a thread gave. */
  readonly code: string
  /** What happened. Where it happened several times, to a request the last time, else the first. */
  readonly text: string
  /** What to do about it. */
  readonly remedy: string
  /** The key of the configuration that decided it; absent where the peer decided. */
  readonly limit?: string
  /** What that key is set to. */
  readonly limitValue?: number
  /** What led to it. */
  readonly cause?: string
  /** The id of the socket; absent for one that was never open. */
  readonly socket?: string
  /** As `P2pSocket.peer` has it; the last one. */
  readonly peer?: string
  /** The peer id, where the peer has proved it. */
  readonly peerId?: string
  /** The host of the peer. */
  readonly host?: string
  /** What was dialled, or the address of the listener. */
  readonly url?: string
  /** The event of the frame. */
  readonly event?: string
  /** The tag of the request; the last one. */
  readonly tag?: string
  /** How the socket was closed. */
  readonly close?: ExplainedClose
}

/** Which records are wanted; all of them where nothing is said. */
export interface ExplainQuery {
  /** Those of a peer: its id, its address, its host, or what was dialled. An IPv6 address stands for its /64. */
  readonly peer?: string
  /** Those of the socket with this id. */
  readonly socket?: string
  /** Those of requests and frames with this tag or event. */
  readonly request?: string
  /** Those of whatever this is: any of the above, a code, or a stage. */
  readonly about?: string
  /** Most records, the newest of them [all]. */
  readonly limit?: number
}

/** What a code of the catalogue means. */
export interface CodeExplanation {
  readonly code: string
  readonly stage: ExplainStage
  /** What it means. */
  readonly text: string
  /** What to do about it. */
  readonly remedy: string
  /** The key of the configuration that decides it, where one does. */
  readonly limit?: string
}
