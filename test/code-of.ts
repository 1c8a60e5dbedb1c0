import { errorCode } from 'trustp2p'

/** The code that a promise rejects with; undefined where it does not. */
export function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(() => undefined, errorCode)
}
