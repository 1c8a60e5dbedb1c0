/** One request to the threads of `threads.ts`, and what comes of it, wherever they run. */
export type Case = readonly [title: string, event: string, body: unknown, outcome: Outcome]

/** An answer, or the error that a request rejects with. */
export type Outcome =
  { readonly answer: unknown } | { readonly error: { readonly code: string; readonly message: unknown } }

const answers = (answer: unknown): Outcome => ({ answer })
const fails = (code: string, message: unknown = expect.any(String)): Outcome => ({ error: { code, message } })
const FAILED = 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED'

const BODY = { text: 'ä€𝄞', list: [1, null, true, { deep: [] }], number: 0.5 }

export const ANSWERS: readonly Case[] = [
  ['answers with what a handler returns', 'echo', BODY, answers(BODY)],
  ['answers with bytes', 'bytes', new Uint8Array([1, 2, 3]), answers(new Uint8Array([3, 2, 1]))],
  ['reads a body of bytes as bytes', 'echo', new Uint8Array([7]), answers(new Uint8Array([7]))],
  ['answers null where a handler returns nothing', 'nothing', null, answers(null)],
  ['answers when a promise settles', 'later', 'x', answers('x')],
  ['takes the first answer', 'reply', null, answers('first')],
  ['answers with a failure of its own', 'fail', null, fails('CHAT_FULL', 'no seat is free')],
  ['answers with what a handler throws', 'throws', null, fails(FAILED, 'a plain error')],
  ['answers with the code of what it throws', 'throwsCoded', null, fails('CHAT_FULL', 'no seat is free')],
  ['answers with a text that was thrown', 'throwsText', null, fails(FAILED, 'a text')],
  ['answers with what a promise rejects with', 'rejects', null, fails('ERR_TRUSTP2P_REQUEST_REMOTE', 'rejected')],
  ['tells no peer of the system', 'readsFile', null, fails(FAILED, 'the handler failed: see the log of the peer')],
  ['refuses to answer with a BigInt', 'bigint', null, fails(FAILED)],
  ['refuses to answer with a cycle', 'cycle', null, fails(FAILED)],
  [
    'refuses a failure whose code is none',
    'failBadly',
    null,
    fails(FAILED, expect.stringMatching('the code of a failure'))
  ],
  ['runs a thread that does not extend Thread', 'old', null, answers([true, true, 'function'])],
  ['runs TypeScript with what it imports', 'typed', 4, answers(24)]
]

export const NODE: readonly Case[] = [
  ['asks the peer', 'ask', null, answers({ doubled: 42 })],
  ['asks the peer with bytes', 'askBytes', null, answers(new Uint8Array([3, 2, 1]))],
  ['gets the code of a peer that fails', 'askFailing', null, answers(['NOT_NOW', 'ask later', true])],
  ['gets the code of a peer without such a handler', 'askNobody', null, answers('ERR_TRUSTP2P_THREAD_NO_HANDLER')],
  ['gives up a request after its timeoutMs', 'askLong', null, answers('ERR_TRUSTP2P_REQUEST_TIMEOUT')],
  ['gives up a request at its signal', 'askAborted', null, answers('ERR_TRUSTP2P_REQUEST_ABORTED')],
  ['U6 may not ask what it does not declare', 'askUndeclared', null, answers('ERR_TRUSTP2P_THREAD_EVENT_UNDECLARED')],
  ['may not ask wrongly', 'askWrongly', null, answers(['TypeError', 'TypeError', 'RangeError', 'TypeError'])],
  ['shares one frame among equal requests', 'coalesced', null, answers([1, 1, 1])],
  [
    'U6 tells, and may not tell what it does not declare',
    'tell',
    null,
    answers([true, 'ERR_TRUSTP2P_THREAD_EVENT_UNDECLARED', 'TypeError'])
  ],
  ['asks all peers', 'broadcast', null, answers([['open', 'answered', { doubled: 8 }]])],
  ['tells all peers', 'broadcastTalk', null, answers(['sent'])],
  ['asks some peers, and learns who failed', 'broadcastTo', null, answers([[true, 'failed', 'NOT_NOW']])],
  [
    'sees one object for one socket',
    'socket',
    null,
    answers([
      'string',
      expect.stringMatching('^ws://'),
      true,
      true,
      false,
      true,
      false,
      'open',
      true,
      expect.any(Number),
      1
    ])
  ],
  ['may not close a socket with a wrong code', 'badClose', null, fails(FAILED, expect.stringMatching('no close code'))]
]

export const OTHERS: readonly Case[] = [
  ['calls a method of another thread', 'call', null, answers(3)],
  ['waits for a method of another thread', 'callAsync', null, answers(['x', true])],
  [
    'may call no method that is not there',
    'callMissing',
    null,
    answers(['TypeError', 'the thread other has no public method nothing()'])
  ],
  ['may not call what is the business of the node', 'callStart', null, answers('TypeError')],
  [
    'gets the kind and the code of what a method throws',
    'callFailing',
    null,
    answers(['RangeError', 'E_FAR', 'too far'])
  ],
  [
    'gets ERR_TRUSTP2P_THREAD_GONE from a thread that it wants',
    'callNobody',
    null,
    answers('ERR_TRUSTP2P_THREAD_GONE')
  ],
  ['gets ERR_TRUSTP2P_THREAD_NOT_FOUND from another', 'callUnknown', null, answers('ERR_TRUSTP2P_THREAD_NOT_FOUND')],
  ['gives a socket to another thread', 'callWithSocket', null, answers(['string', 'open'])],
  ['sees nothing of the other thread', 'handle', null, answers(['function', true, false])],
  ['may not listen to what no node tells', 'listenWrongly', null, answers('TypeError')],
  ['has timers', 'timers', null, answers([true, false])],
  ['has chance', 'random', null, answers(true)]
]
