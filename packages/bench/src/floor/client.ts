import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { CorkedSocket } from './corked-socket'
import { decodeFloorFrame, encodeFloorFrame } from './codec'
import type { Answered, Asker } from '../load/asker'
import { serveLoad } from '../load/serve-load'

const REQUEST = 30

serveLoad(connect)

function connect(url: string): Promise<Asker> {
  const ws = new WebSocket(url, { perMessageDeflate: false })
  const waiting = new Map<string, Answered>()
  let raw: Socket | undefined
  ws.on('upgrade', (response) => (raw = response.socket))
  ws.on('message', (bytes) => {
    if (!Buffer.isBuffer(bytes)) return
    const { tag, body } = decodeFloorFrame(bytes)
    const answered = waiting.get(tag)
    if (answered === undefined) return
    waiting.delete(tag)
    answered(body)
  })
  return new Promise((resolve, reject) => {
    ws.on('error', reject)
    ws.on('open', () => {
      if (raw !== undefined) resolve(createAsker(new CorkedSocket(ws, raw), waiting))
    })
  })
}

function createAsker(socket: CorkedSocket, waiting: Map<string, Answered>): Asker {
  let lastTag = 0
  return (event, body, answered) => {
    const tag = (++lastTag).toString(36)
    waiting.set(tag, answered)
    socket.send(encodeFloorFrame({ type: REQUEST, event, body, tag }))
  }
}
