import { errorCode, errorText } from '../../errors'
import type { P2pError } from '../../errors'
import type { Clock, TimerHandle } from '../../kit'
import { checkIdentity, isValidAt, readIdentity } from './server-identity'
import type { IdentityFiles, ServerIdentity } from './server-identity'
import { tlsNotRenewed } from './tls-errors'

export interface IdentityRenewalOptions {
  readonly clock: Clock
  readonly files: IdentityFiles
  /** Time between two looks, in ms. 0: none is taken. */
  readonly reloadMs: number
  /** Who shows the certificate, for reports. */
  readonly name: () => string
  readonly onRenewed: (identity: ServerIdentity) => void
  /** Called once for each problem: the old certificate goes on serving. */
  readonly onProblem: (error: P2pError) => void
}

/**
 * Looks at the files of a certificate in an interval, and hands on a renewed pair. A pair that cannot serve is told of
 * and passed over; so is the one that serves, once it has expired.
 */
export class IdentityRenewal {
  readonly #options: IdentityRenewalOptions
  #serving: ServerIdentity
  #timer: TimerHandle | undefined
  #stopped = false
  #problem: string | undefined

  constructor(serving: ServerIdentity, options: IdentityRenewalOptions) {
    this.#serving = serving
    this.#options = options
  }

  start(): void {
    this.#wait()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer)
  }

  #wait(): void {
    const { clock, reloadMs } = this.#options
    if (this.#stopped || reloadMs === 0) return
    this.#timer = clock.setTimeout(() => void this.#look(), reloadMs)
  }

  async #look(): Promise<void> {
    try {
      const renewed = await this.#read()
      this.#problem = undefined
      if (renewed !== undefined && !this.#stopped) this.#take(renewed)
    } catch (cause) {
      this.#tellOnce(cause)
    }
    this.#wait()
  }

  /** Gives what the files hold, where that is new and can serve. */
  async #read(): Promise<ServerIdentity | undefined> {
    const { clock, files } = this.#options
    const texts = await readIdentity(files)
    const { texts: old, valid } = this.#serving
    if (texts.fingerprint === old.fingerprint && isValidAt(valid, clock.wall())) return undefined
    return checkIdentity(texts, files, clock.wall())
  }

  #take(renewed: ServerIdentity): void {
    this.#serving = renewed
    this.#options.onRenewed(renewed)
  }

  #tellOnce(cause: unknown): void {
    const problem = problemOf(cause)
    if (this.#stopped || problem === this.#problem) return
    this.#problem = problem
    this.#options.onProblem(tlsNotRenewed(this.#options.name(), cause))
  }
}

/** What tells a problem from another one: that of a certificate out of its time names the time of the look. */
function problemOf(cause: unknown): string {
  const code = errorCode(cause)
  return code === 'ERR_TRUSTP2P_DRIVER_TLS_EXPIRED' ? code : errorText(cause)
}
