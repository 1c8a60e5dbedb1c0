import type { DriverSocket, DriverSocketReceiver, P2pError } from 'trustp2p'

/** Keeps all that a driver's socket tells, in order, and lets a test wait for it. */
export class SocketRecorder implements DriverSocketReceiver {
  readonly frames: Uint8Array[] = []
  readonly errors: P2pError[] = []
  readonly closes: (readonly [code: number, reason: string])[] = []
  /** Names of the calls, oldest first: frame, drain, error, close. */
  readonly calls: string[] = []
  /** Called with each frame, after it was kept. */
  answer: ((bytes: Uint8Array) => void) | undefined
  #waiting: { readonly condition: () => boolean; readonly resolve: () => void }[] = []

  /** Attaches a new recorder to a socket. */
  static of(socket: DriverSocket): SocketRecorder {
    const recorder = new SocketRecorder()
    socket.attach(recorder)
    return recorder
  }

  onFrame(bytes: Uint8Array): void {
    this.frames.push(bytes)
    this.answer?.(bytes)
    this.#note('frame')
  }

  onDrain(): void {
    this.#note('drain')
  }

  onError(error: P2pError): void {
    this.errors.push(error)
    this.#note('error')
  }

  onClose(code: number, reason: string): void {
    this.closes.push([code, reason])
    this.#note('close')
  }

  /** How often one of the calls came. */
  count(call: string): number {
    return this.calls.filter((name) => name === call).length
  }

  /** The frames as text. */
  get text(): string[] {
    const decoder = new TextDecoder()
    return this.frames.map((frame) => decoder.decode(frame))
  }

  /** Resolves as soon as the condition holds; it is looked at after each call. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ condition, resolve }))
  }

  /** Resolves with all frames once there are as many. */
  async frameCount(count: number): Promise<readonly Uint8Array[]> {
    await this.until(() => this.frames.length >= count)
    return this.frames
  }

  /** Resolves with code and reason once the connection is gone. */
  async closed(): Promise<readonly [code: number, reason: string]> {
    await this.until(() => this.closes.length > 0)
    const [first] = this.closes
    if (first === undefined) throw new Error('it was closed without a code')
    return first
  }

  #note(call: string): void {
    this.calls.push(call)
    const waiting = this.#waiting
    this.#waiting = waiting.filter(({ condition }) => !condition())
    for (const waited of waiting) if (!this.#waiting.includes(waited)) waited.resolve()
  }
}
