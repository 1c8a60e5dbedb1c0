import { WebSocket } from 'ws'
import { readNaiveMessage } from './message'
import type { Answered, Asker } from '../load/asker'
import { serveLoad } from '../load/serve-load'

serveLoad(connect)

function connect(url: string): Promise<Asker> {
  const ws = new WebSocket(url, { perMessageDeflate: false })
  const waiting = new Map<number, Answered>()
  ws.on('message', (data) => {
    if (!Buffer.isBuffer(data)) return
    const { tag, body } = readNaiveMessage(data)
    const answered = waiting.get(tag)
    waiting.delete(tag)
    answered?.(body)
  })
  let lastTag = 0
  const ask: Asker = (event, body, answered) => {
    const tag = ++lastTag
    waiting.set(tag, answered)
    ws.send(JSON.stringify({ tag, event, body }))
  }
  return new Promise((resolve, reject) => {
    ws.on('error', reject)
    ws.on('open', () => resolve(ask))
  })
}
