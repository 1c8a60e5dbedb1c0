/** The files of the threads that are run in both ways: each tells what it sees, or does what it is asked. */
export const THREADS: Readonly<Record<string, string>> = {
  'probe.js': `
    const { Thread, PackageType, P2pError } = require('trustp2p')
    const { REQUEST, TALK } = PackageType
    const seen = []
    module.exports = class Probe extends Thread {
      static manifest = {
        version: '1.2.3',
        wants: ['other', 'nobody'],
        sends: { REQUEST: ['answer/*'], TALK: ['told'] },
        config: { parse: ({ greeting = 'hello', ...rest }) => ({ greeting, keys: Object.keys(rest) }) }
      }
      constructor(...given) {
        super(...given)
        this.early = [this.node.sockets.length, this.config.greeting]
      }
      async start() { await new Promise((resolve) => setTimeout(resolve, 1)); this.started = true }
      onSocketConnection(socket) { seen.push(['connection', socket.inbound, this.node.sockets.includes(socket)]) }
      onSocketClose(socket) { seen.push(['close', socket.state, this.node.sockets.includes(socket), this.known === socket]) }
      get eventMap() {
        return {
          [REQUEST]: {
            echo: (socket, message) => message.body,
            nothing: () => undefined,
            later: async (socket, message) => { await new Promise((resolve) => this.setTimeout(resolve, 2)); return message.body },
            bytes: (socket, message) => Uint8Array.from(message.bytes).reverse(),
            about: (socket, message) => ({
              type: message.type, event: message.event, tag: message.tag !== '', expects: message.expectsAnswer,
              answered: message.answered, early: this.early, started: this.started, config: this.config,
              server: this.node.server !== null, client: this.node.client, addresses: this.node.addresses
            }),
            reply: (socket, message) => [message.reply('first'), message.reply('second')],
            fail: (socket, message) => { message.fail('CHAT_FULL', 'no seat is free') },
            failBadly: (socket, message) => { message.fail('not a code', 'text') },
            throws: () => { throw new TypeError('a plain error') },
            throwsCoded: () => { throw Object.assign(new Error('no seat is free'), { code: 'CHAT_FULL' }) },
            throwsText: () => { throw 'a text' },
            readsFile: () => require('node:fs').readFileSync('/nothing/there'),
            rejects: async () => { throw new P2pError('ERR_TRUSTP2P_REQUEST_REMOTE', 'rejected') },
            bigint: () => 1n,
            cycle: () => { const one = {}; one.one = one; return one },
            socket: (socket) => {
              this.known = socket
              const { id, url, peer, host, inbound, outbound, bInbound, bOutbound, state } = socket
              const fresh = this.now() - socket.lastReceivedAt
              return [typeof id, url, peer === host + ':' + peer.split(':').at(-1), inbound, outbound, bInbound, bOutbound, state,
                fresh >= -5 && fresh < 5000, socket.bufferedAmount, this.node.sockets.filter((each) => each === socket).length]
            },
            sockets: () => this.node.sockets.length,
            seen: () => seen,
            badClose: (socket) => { socket.close(1, '') },
            close: (socket) => { this.setTimeout(() => socket.close(4001, 'go'), 1); return socket.state },
            terminate: (socket) => { socket.terminate() },
            waits: (socket, message) => new Promise((resolve) => message.signal.addEventListener('abort', () => {
              seen.push(['abort', message.signal.reason.code]); resolve()
            })),
            ask: (socket) => this.node.request(socket, 'answer/twice', { n: 21 }),
            askBytes: (socket) => this.node.request(socket, 'answer/bytes', new Uint8Array([1, 2, 3])),
            askFailing: (socket) => this.node.request(socket, 'answer/fails').catch((error) => [error.code, error.message, error instanceof P2pError]),
            askNobody: (socket) => this.node.request(socket, 'answer/nobody').catch((error) => error.code),
            askLong: (socket) => this.node.request(socket, 'answer/never', null, { timeoutMs: 5 }).catch((error) => error.code),
            askAborted: (socket) => {
              const controller = new AbortController()
              this.setTimeout(() => controller.abort(), 5)
              return this.node.request(socket, 'answer/never', null, { signal: controller.signal }).catch((error) => error.code)
            },
            askUndeclared: (socket) => this.node.request(socket, 'secret').catch((error) => error.code),
            askWrongly: async (socket) => Promise.all([
              this.node.request({}, 'answer/x').catch((error) => error.constructor.name),
              this.node.request(socket, 'answer/x', 1n).catch((error) => error.constructor.name),
              this.node.request(socket, 'answer/x', null, { timeoutMs: -1 }).catch((error) => error.constructor.name),
              this.node.request(socket, 'answer/x', null, { reroute: true }).catch((error) => error.constructor.name)
            ]),
            coalesced: async (socket) => Promise.all([1, 2, 3].map(() => this.node.request(socket, 'answer/count', { a: 1, b: 2 }, { coalesce: true }))),
            tell: (socket) => [this.node.talk(socket, 'told', { n: 1 }), refusal(() => this.node.talk(socket, 'secret')), refusal(() => this.node.talk(socket, 'told', 1n))],
            broadcast: async () => (await this.node.broadcast('answer/twice', { n: 4 })).map(({ socket, status, body }) => [socket.state, status, body]),
            broadcastTalk: async () => (await this.node.broadcast('told', 'all', { type: TALK })).map(({ status }) => status),
            broadcastTo: async (socket) => (await this.node.broadcast('answer/fails', null, { sockets: [socket] })).map(({ socket: other, status, error }) => [other === socket, status, error.code]),
            call: () => this.threads.get('other').add(1, 2),
            callAsync: () => this.threads.get('other').later('x'),
            callMissing: () => this.threads.get('other').nothing().catch((error) => [error.constructor.name, error.message]),
            callFailing: () => this.threads.get('other').fails().catch((error) => [error.constructor.name, error.code, error.message]),
            callNobody: () => this.threads.get('nobody').add().catch((error) => error.code),
            callUnknown: () => this.threads.get('unknown').add().catch((error) => error.code),
            callStart: () => this.threads.get('other').start().catch((error) => error.constructor.name),
            callWithSocket: (socket) => this.threads.get('other').peerOf(socket),
            handle: () => [typeof this.threads.get('other').anything, this.threads.get('other').then === undefined, 'add' in this.threads.get('other')],
            listen: () => { this.off = this.on('socket:close', (socket, code, reason) => seen.push(['event', socket.state, code, reason])) },
            listenWrongly: () => refusal(() => this.on('socket:nothing', () => undefined)),
            timers: async () => {
              const order = []
              const interval = this.setInterval((text) => order.push(text), 1, 'tick')
              await new Promise((resolve) => setTimeout(resolve, 20))
              interval.close()
              clearTimeout(setTimeout(() => order.push('never'), 1))
              await new Promise((resolve) => setImmediate(resolve))
              return [order.length > 1, order.includes('never')]
            },
            failsLater: () => { this.setTimeout(() => { throw new Error('in a timer') }, 1) },
            failsInEffect: () => { this.effect(() => () => { throw new Error('in an effect') })() },
            random: () => { const value = this.random(); return value >= 0 && value < 1 },
            log: () => { const log = this.log.child({ part: 'x' }); log.info({ a: 1 }, 'a line'); log.error({ err: new P2pError('ERR_TRUSTP2P_REQUEST_REMOTE', 'kept') }, 'an error'); this.log.warn({ f() {} }, 'odd') }
          },
          [TALK]: { talked: (socket, message) => { seen.push(['talk', message.body, message.expectsAnswer, message.reply(1)]) } }
        }
      }
    }
    function refusal(work) { try { work(); return 'none' } catch (error) { return error.code ?? error.constructor.name } }
  `,
  'other.js': `
    const { Thread } = require('trustp2p')
    module.exports = class Other extends Thread {
      static manifest = { handles: [] }
      start() {}
      add(one, two) { return one + two }
      async later(value) { return [value, new Map([['a', new Uint8Array([1])]]) instanceof Map] }
      fails() { throw Object.assign(new RangeError('too far'), { code: 'E_FAR' }) }
      peerOf(socket) { return [typeof socket.peer, socket.state] }
    }
  `,
  'old.js': `
    const { PackageType } = require('trustp2p')
    function Old({ server, client, log }) { this.parts = [server !== null, client === null, typeof log.info] }
    Object.defineProperty(Old.prototype, 'eventMap', { get() { return { [PackageType.REQUEST]: { old: () => this.parts } } } })
    module.exports = Old
  `,
  'typed.ts': `
    import { Thread, PackageType, type CP2pMessage, type P2pSocket } from 'trustp2p'
    import { double } from './typed-part/double.mjs'
    export default class Typed extends Thread<{ factor?: number }> {
      override get eventMap() { return { [PackageType.REQUEST]: { typed: this.onTyped } } }
      onTyped(_socket: P2pSocket, { body }: CP2pMessage): number { return double(body as number) * (this.config.factor ?? 1) }
    }
  `
}

/** What \`typed.ts\` imports; it lies beside it. */
export const TYPED_PART = 'export const double = (value) => value * 2\n'

/** What the peer answers. */
export const CLIENT_THREAD = `
  const { Thread, PackageType } = require('trustp2p')
  let count = 0
  module.exports = class Answers extends Thread {
    get eventMap() {
      return {
        [PackageType.REQUEST]: {
          'answer/twice': (socket, { body }) => ({ doubled: body.n * 2 }),
          'answer/bytes': (socket, { body }) => Uint8Array.from(body).reverse(),
          'answer/fails': () => { throw Object.assign(new Error('ask later'), { code: 'NOT_NOW' }) },
          'answer/never': () => new Promise(() => undefined),
          'answer/count': () => ++count
        },
        [PackageType.TALK]: { told: () => undefined }
      }
    }
  }
`
