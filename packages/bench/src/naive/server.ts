import { WebSocketServer } from 'ws'
import { readNaiveMessage } from './message'
import { serveListener } from '../load/serve-listener'

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })

server.on('connection', (ws) => {
  ws.on('message', (data) => {
    if (!Buffer.isBuffer(data)) return
    const { tag, body } = readNaiveMessage(data)
    ws.send(JSON.stringify({ tag, body }))
  })
})

serveListener(server)
