import type { P2pError } from '../../src/errors'
import type { DriverSocket, DriverSocketReceiver } from '../../src/driver/contract'

/** Keeps all that a socket tells, in order, and lets a test wait for it. */
export class Recorder implements DriverSocketReceiver {
  readonly frames: Uint8Array[] = []
  readonly errors: P2pError[] = []
  readonly closes: (readonly [code: number, reason: string])[] = []
  /** Names of the calls, oldest first. */
  readonly calls: string[] = []
  readonly #waiting: { readonly condition: () => boolean; readonly resolve: () => void }[] = []
  /** Called with each frame, after it was kept. */
  answer: ((bytes: Uint8Array) => void) | undefined

  /** Attaches a new recorder to a socket. */
  static of(socket: DriverSocket): Recorder {
    const recorder = new Recorder()
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

  count(call: string): number {
    return this.calls.filter((name) => name === call).length
  }

  get text(): string[] {
    return this.frames.map((frame) => Buffer.from(frame).toString())
  }

  /** Resolves as soon as the condition holds; it is looked at after each call. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ condition, resolve }))
  }

  async frameCount(count: number): Promise<readonly Uint8Array[]> {
    await this.until(() => this.frames.length >= count)
    return this.frames
  }

  async closed(): Promise<readonly [code: number, reason: string] | undefined> {
    await this.until(() => this.closes.length > 0)
    return this.closes[0]
  }

  #note(call: string): void {
    this.calls.push(call)
    for (const { condition, resolve } of this.#waiting) if (condition()) resolve()
  }
}
