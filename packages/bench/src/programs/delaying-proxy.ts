import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { serveParent } from '../process/serve-parent'

/** Stands before a server, and delivers what comes either way later, as a long line would. */
serveParent(() => {
  const port = Number(process.argv[2])
  let delayMs = 0
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: '127.0.0.1', port, noDelay: true })
    join(near, far)
    join(far, near)
  })
  const join = (from: Socket, to: Socket): void => {
    from.on('data', (chunk: Buffer) => later(() => to.write(chunk)))
    from.on('end', () => later(() => to.end()))
    from.on('error', () => to.destroy())
  }
  const later = (act: () => void): void => void setTimeout(act, delayMs)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        port: () => ({ port: (server.address() as AddressInfo).port }),
        delay: ({ ms = 0 }) => {
          delayMs = ms
          return {}
        }
      })
    })
  })
})
