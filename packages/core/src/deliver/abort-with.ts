import type { Link } from './link'
import { abortedError } from './request-errors'

/** Rejects the request when the signal aborts, and forgets the signal once the request is settled. */
export function abortWith(signal: AbortSignal, link: Link, tag: string, event: string): void {
  const request = link.pending.take(tag)
  if (request === undefined) return
  const onAbort = () => {
    link.pending.take(tag)
    link.cancel(tag)
    link.reject(request, abortedError(event, signal))
  }
  signal.addEventListener('abort', onAbort, { once: true })
  link.pending.add({
    ...request,
    resolve: (body) => {
      signal.removeEventListener('abort', onAbort)
      request.resolve(body)
    },
    reject: (error) => {
      signal.removeEventListener('abort', onAbort)
      request.reject(error)
    }
  })
}
