import { connect } from 'node:net'
import { errorCode } from '../../errors'
import { isSocketPath } from './socket-place'

/** `refuses`: nobody listens any more. `missing`: there is no such socket, or it cannot be named from here. */
export type Knock = 'answers' | 'refuses' | 'missing' | 'unknown'

/**
 * Tells whether a process listens on a socket. A process that is stopped (Ctrl-Z) still answers: the system takes the
 * connection. One that was killed does not, whoever has its pid by now.
 */
export function knock(path: string): Promise<Knock> {
  if (!isSocketPath(path)) return Promise.resolve('missing')
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.on('connect', () => {
      resolve('answers')
      socket.destroy()
    })
    socket.on('error', (error) => resolve(meaningOf(errorCode(error))))
  })
}

function meaningOf(code: string | undefined): Knock {
  if (code === 'ECONNREFUSED') return 'refuses'
  return code === 'ENOENT' ? 'missing' : 'unknown'
}
