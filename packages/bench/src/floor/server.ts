import { WebSocketServer } from 'ws'
import { CorkedSocket } from './corked-socket'
import { decodeFloorFrame, encodeFloorFrame } from './codec'
import { serveListener } from '../load/serve-listener'

const RESPONSE = 31

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })

server.on('connection', (ws, request) => {
  const socket = new CorkedSocket(ws, request.socket)
  ws.on('message', (bytes) => {
    if (!Buffer.isBuffer(bytes)) return
    const { event, tag, body } = decodeFloorFrame(bytes)
    socket.send(encodeFloorFrame({ type: RESPONSE, event, tag, body }))
  })
})

serveListener(server)
