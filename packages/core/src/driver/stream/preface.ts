import type { Socket } from 'node:net'

/** What both sides say first, so that neither takes another protocol for frames: name and version of this one. */
export const PREFACE = Buffer.from('trustp2p/1\n')

/** Longest part of a wrong preface that a report shows, in bytes. */
const SHOWN_BYTES = 60

/** Who is told how the peer began. One of them is called, once. */
export interface PrefaceReceiver {
  /** The preface came whole; the connection is paused, and what came behind it waits there. */
  onPreface(): void
  /** Something else came: its beginning. */
  onOther(text: string): void
}

/** Reads what a peer says first. The connection may still break: its events are the caller's. */
export function readPreface(raw: Socket, receiver: PrefaceReceiver): void {
  let had = 0
  const onData = (chunk: Buffer): void => {
    const part = chunk.subarray(0, PREFACE.length - had)
    if (!PREFACE.subarray(had, had + part.length).equals(part)) {
      raw.off('data', onData)
      const begin = PREFACE.toString('latin1', 0, had) + chunk.toString('latin1', 0, SHOWN_BYTES)
      return receiver.onOther(begin)
    }
    had += part.length
    if (had < PREFACE.length) return
    raw.off('data', onData)
    raw.pause()
    if (chunk.length > part.length) raw.unshift(chunk.subarray(part.length))
    receiver.onPreface()
  }
  raw.on('data', onData)
  raw.resume()
}
