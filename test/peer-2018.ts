import { once } from 'node:events'
import protobuf from 'protobufjs'
import { WebSocket } from 'ws'
import { disposeLater } from './project'

/** The schema of 2018: six fields, the body a text, the type an enum. */
const SCHEMA = `
  syntax = "proto2";
  package trust_note_p2p_package;
  message TrustNoteP2p {
    enum Type { SYSTEM = 0; HEARTBEAT_PING = 10; HEARTBEAT_PONG = 11; TALK = 20; REQUEST = 30; RESPONSE = 31; }
    optional string version = 1 [default = "1.0"];
    optional string alt = 2 [default = "1"];
    optional Type type = 3 [default = SYSTEM];
    required string event = 4;
    required string body = 5;
    required string tag = 6;
  }
`
const Envelope = protobuf.parse(SCHEMA).root.lookupType('trust_note_p2p_package.TrustNoteP2p')

/** A package as that schema reads it. */
export interface Envelope2018 {
  readonly version: string
  readonly alt: string
  readonly type: string
  readonly event: string
  readonly body: unknown
  readonly tag: string
}

type Answerer = (received: Envelope2018) => { type: string; body: unknown } | undefined

/** A peer that has only protobufjs, that schema and a WebSocket. It greets with an empty message, as those did. */
export class Peer2018 {
  readonly heard: Envelope2018[] = []
  readonly #socket: WebSocket
  readonly #answer: Answerer
  #lastTag = 0

  constructor(socket: WebSocket, answer: Answerer = () => undefined) {
    this.#socket = socket
    this.#answer = answer
    disposeLater(() => socket.terminate())
    socket.on('message', (data: Buffer) => this.#hear(data))
    if (socket.readyState === WebSocket.OPEN) this.#greet()
    else socket.once('open', () => this.#greet())
  }

  static async dial(url: string, answer?: Answerer): Promise<Peer2018> {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    const peer = new Peer2018(socket, answer)
    await once(socket, 'open')
    return peer
  }

  get connected(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  /** What it heard of one type, given by the name in its schema. */
  of(type: string): readonly Envelope2018[] {
    return this.heard.filter((received) => received.type === type)
  }

  say(type: string, event: string, body: unknown, tag = ''): void {
    const fields = { version: '1.0', alt: '1', type, event, body: JSON.stringify(body), tag }
    this.#socket.send(Envelope.encode(Envelope.fromObject(fields)).finish())
  }

  /** Asks, and settles with the whole answer. */
  ask(event: string, body: unknown): Promise<Envelope2018> {
    const tag = `old-${++this.#lastTag}`
    const answered = new Promise<Envelope2018>((resolve) => {
      const look = (): void => {
        const answer = this.of('RESPONSE').find((received) => received.tag === tag)
        if (answer === undefined) return
        this.#socket.off('message', look)
        resolve(answer)
      }
      this.#socket.on('message', look)
    })
    this.say('REQUEST', event, body, tag)
    return answered
  }

  #greet(): void {
    this.#socket.send(new Uint8Array(0))
  }

  #hear(data: Buffer): void {
    const fields = Envelope.toObject(Envelope.decode(data), { enums: String, defaults: true })
    const received = { ...fields, body: JSON.parse(String(fields['body'])) as unknown } as Envelope2018
    this.heard.push(received)
    const answer = this.#answer(received)
    if (answer !== undefined) this.say(answer.type, received.event, answer.body, received.tag)
  }
}
