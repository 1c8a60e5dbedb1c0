/** Why a room ended. */
export type RoomFate = 'threw' | 'exited' | 'memory' | 'ended'

/** The end of a room. */
export interface RoomEnd {
  /** `ended` where that was asked for. */
  readonly fate: RoomFate
  /** What its code threw. */
  readonly error?: unknown
  /** What its code gave to `process.exit`. */
  readonly exitCode?: number
}

/** One end of a way for messages, which are cloned. */
export interface RoomPort {
  /** Throws where the message cannot be cloned. `transfer` is given away instead of being copied. */
  post(message: unknown, transfer: readonly ArrayBuffer[]): void
  /** Calls back with each message of the other end, in order. */
  onMessage(listener: (message: unknown) => void): void
}

/** A place of its own in which one version of a thread runs: a worker. */
export interface Room extends RoomPort {
  /** What its code does now, written by it: see `Step`. */
  readonly step: Int32Array
  /** Calls back once, also where the room has ended before. */
  onEnd(listener: (end: RoomEnd) => void): void
  /** The thread in it was disposed of: the place may serve another one. */
  release(): Promise<void>
  /** Ends its code wherever it stands. Called again it does nothing more. */
  terminate(): Promise<void>
}
