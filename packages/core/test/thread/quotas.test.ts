import { createMemoryLog, createTestKit } from '@trustp2p/testing'
import { PackageType } from '../../src/wire/package'
import type { Quota } from '../../src/thread/manifest-types'
import { Quotas } from '../../src/thread/quotas'
import { createBench, createMessage, createSocket } from './bench'
import type { Bench } from './bench'

const REFUSED = expect.objectContaining({ code: 'ERR_TRUSTP2P_LIMIT_QUOTA' }) as unknown

type QuotaMap = Readonly<Record<string, Quota>>

/** A class that answers with how often it was called, under the quotas of its manifest. */
function counting(quotas: QuotaMap | undefined, events: readonly string[] = ['a']): unknown {
  let calls = 0
  const count = (): number => ++calls
  return class {
    static manifest = quotas === undefined ? {} : { quotas }
    eventMap = {
      [PackageType.REQUEST]: Object.fromEntries(events.map((event) => [event, count])),
      [PackageType.TALK]: Object.fromEntries(events.map((event) => [event, count]))
    }
  }
}

async function started(classes: Record<string, unknown>, settings: Record<string, { quotas: QuotaMap }> = {}) {
  const bench = createBench(classes, { settings })
  await bench.threads.start()
  return bench
}

/** Requests of one peer until one is refused; at most 50. */
function takenAtOnce(bench: Bench, event = 'a'): number {
  for (let count = 0; count < 50; count++) {
    const { answer } = bench.request(event)
    if (answer !== undefined && 'code' in answer) {
      expect(answer).toEqual(REFUSED)
      return count
    }
  }
  return Infinity
}

function exceededBy(bench: Bench, name = 't'): number | undefined {
  return bench.threads.list().find((info) => info.name === name)?.overQuota
}

describe('U6 a quota of a thread', () => {
  it('answers a request over it with its code and what is taken, and calls no handler', async () => {
    const bench = await started({ t: counting({ a: { perSecond: 2, burst: 3 } }) })
    expect([1, 2, 3].map(() => bench.request('a').answer)).toEqual([{ body: 1 }, { body: 2 }, { body: 3 }])
    expect(bench.request('a').answer).toEqual({
      code: 'ERR_TRUSTP2P_LIMIT_QUOTA',
      text: "'a' is taken 2 times a second, 3 at once; send it less often"
    })
    bench.kit.clock.advance(500)
    expect([bench.request('a').answer, bench.request('a').answer]).toEqual([{ body: 4 }, REFUSED])
  })

  it('drops a talk over it, which counts as handled and as ended', async () => {
    const bench = await started({ t: counting({ a: { perSecond: 1 } }) })
    const ends: string[] = []
    const talk = (): boolean =>
      bench.threads.route(
        createMessage(
          { type: PackageType.TALK, event: 'a', body: null },
          {
            expectsAnswer: false,
            settled: false,
            reply: () => false,
            fail: () => false,
            release: () => void ends.push('released'),
            onAbort: () => () => undefined
          }
        )
      )
    expect([talk(), talk()]).toEqual([true, true])
    expect([bench.threads.list()[0]?.calls, ends.length]).toEqual([1, 2])
  })

  it('is counted by thread and by node, requests apart from talks', async () => {
    const bench = await started({ t: counting({ a: { perSecond: 1 } }), u: counting(undefined, ['b']) })
    for (let count = 0; count < 3; count++) bench.request('a')
    for (let count = 0; count < 3; count++) bench.talk('a')
    expect(bench.threads.counters).toEqual({ quotaRequests: 2, quotaTalks: 3 })
    expect([exceededBy(bench), exceededBy(bench, 'u')]).toEqual([5, 0])
  })

  it('writes one line a minute for each thread, with how many it held back', async () => {
    const bench = await started({ t: counting({ a: { perSecond: 1 } }), u: counting({ b: { perSecond: 1 } }, ['b']) })
    const lines = () => bench.log.lines.filter(({ message }) => message === 'a peer sends more than its quota')
    for (let count = 0; count < 9; count++) bench.request('a')
    bench.request('b')
    bench.request('b')
    expect(lines().map(({ level, fields }) => [level, fields['thread'], fields['event'], fields['heldBack']])).toEqual([
      ['warn', 't', 'a', 0],
      ['warn', 'u', 'b', 0]
    ])
    bench.kit.clock.advance(60_000)
    bench.request('a')
    bench.request('a')
    expect(lines().at(-1)?.fields).toMatchObject({ thread: 't', heldBack: 7, peer: 'test://peer' })
  })

  it('is what one second allows where it names no burst, one at least', async () => {
    const bench = await started({ t: counting({ a: { perSecond: 5 }, b: { perSecond: 0.5 } }, ['a', 'b']) })
    expect([takenAtOnce(bench, 'a'), takenAtOnce(bench, 'b')]).toEqual([5, 1])
  })

  it('counts each event that its pattern stands for apart; a name, then the longest pattern goes first', async () => {
    const quotas = {
      '*': { perSecond: 1 },
      'a/*': { perSecond: 2 },
      'a/b/*': { perSecond: 3 },
      'a/b/c': { perSecond: 4 }
    }
    const bench = await started({ t: counting(quotas, ['x', 'y', 'a/x', 'a/b/x', 'a/b/c']) })
    expect(['x', 'y', 'a/x', 'a/b/x', 'a/b/c'].map((event) => takenAtOnce(bench, event))).toEqual([1, 1, 2, 3, 4])
  })

  it('takes requests and talks of one event from one measure', async () => {
    const bench = await started({ t: counting({ a: { perSecond: 2 } }) })
    bench.talk('a')
    expect([bench.request('a').answer, bench.request('a').answer]).toEqual([{ body: 2 }, REFUSED])
  })

  it('of the configuration wins event by event; 0 switches one off', async () => {
    const quotas = { a: { perSecond: 1 }, b: { perSecond: 1 }, c: { perSecond: 1 } }
    const settings = { t: { quotas: { a: { perSecond: 4 }, b: { perSecond: 0 } } } }
    const bench = await started({ t: counting(quotas, ['a', 'b', 'c']) }, settings)
    expect(['a', 'b', 'c'].map((event) => takenAtOnce(bench, event))).toEqual([4, Infinity, 1])
    const wide = await started({ t: counting({ a: { perSecond: 1 } }) }, { t: { quotas: { '*': { perSecond: 3 } } } })
    expect(takenAtOnce(wide)).toBe(3)
  })

  it('bounds the bytes of the bodies of a second, together: 20 are taken, and 21 are not', async () => {
    const quotas = { a: { perSecond: 1_000, bytesPerSecond: 20 } }
    const bench = await started({ t: counting(quotas) })
    const ask = (letters: number) => bench.request('a', 'x'.repeat(letters - 2)).answer
    expect(ask(21)).toEqual({
      code: 'ERR_TRUSTP2P_LIMIT_QUOTA',
      text: "of 'a' 20 bytes are taken a second, also at once; send less with it, or less often"
    })
    expect([ask(8), ask(12), ask(2)]).toEqual([{ body: 1 }, { body: 2 }, REFUSED])
    bench.kit.clock.advance(500)
    expect([ask(11), ask(10), bench.talk('a', 1), bench.talk('a', 1)]).toEqual([REFUSED, { body: 3 }, true, true])
    bench.kit.clock.advance(1_000)
    expect([ask(20), exceededBy(bench), bench.threads.counters]).toEqual([
      { body: 4 },
      5,
      { quotaRequests: 3, quotaTalks: 2 }
    ])
  })

  it('counts the bytes of each event and each peer apart, and none where it names none', async () => {
    const bytes = { perSecond: 1_000, bytesPerSecond: 10 }
    const bench = await started({ t: counting({ '*': bytes, c: { perSecond: 1_000 } }, ['a', 'b', 'c']) })
    const ask = (event: string) => bench.request(event, 'x'.repeat(8)).answer
    expect([ask('a'), ask('a'), ask('b'), ask('b')]).toEqual([{ body: 1 }, REFUSED, { body: 2 }, REFUSED])
    expect([ask('c'), ask('c')]).toEqual([{ body: 3 }, { body: 4 }])
  })

  it('leaves events alone that it does not name', async () => {
    const bench = await started({ t: counting({ b: { perSecond: 1 } }, ['a', 'b']) })
    expect(takenAtOnce(bench, 'a')).toBe(Infinity)
  })

  it('holds for the thread that has it: another one answers the same event', async () => {
    const bench = await started({ limited: counting({ a: { perSecond: 1 } }), open: counting(undefined) })
    bench.request('a')
    const { answer } = bench.request('a')
    expect(answer).toEqual({ body: 2 })
    expect(bench.threads.list().map(({ name, calls, overQuota }) => [name, calls, overQuota])).toEqual([
      ['limited', 1, 1],
      ['open', 2, 0]
    ])
  })

  it('is not filled by a reload, nor by switching the thread off and on', async () => {
    const bench = await started({ t: counting({ a: { perSecond: 1, burst: 2 } }) })
    expect(takenAtOnce(bench)).toBe(2)
    await bench.threads.reload('t')
    expect(takenAtOnce(bench)).toBe(0)
    await bench.threads.disable('t')
    await bench.threads.enable('t')
    expect(takenAtOnce(bench)).toBe(0)
    bench.list.put('t', counting({ a: { perSecond: 1, burst: 5 } }))
    await bench.threads.reload('t')
    expect(takenAtOnce(bench)).toBe(3)
  })
})

describe('a peer of a quota', () => {
  function admission(most?: number, quota: Quota = { perSecond: 1, burst: 1 }) {
    const log = createMemoryLog()
    const quotas = new Quotas(createTestKit({ log }), most)
    const thread = { name: 't', manifest: { quotas: { a: quota } }, settings: { quotas: {} } }
    const found = quotas.find(thread, 'a')
    return (host: string): boolean | undefined => {
      const socket = { ...createSocket(), host }
      return (
        found?.refusalOf(createMessage({ type: PackageType.TALK, event: 'a', body: null }, undefined, socket)) ===
        undefined
      )
    }
  }

  it('is its host, whatever socket it comes by: to connect again fills nothing', () => {
    const admits = admission()
    expect([admits('192.0.2.1'), admits('192.0.2.1'), admits('192.0.2.2')]).toEqual([true, false, true])
  })

  it('is a network of 64 bits in IPv6', () => {
    const admits = admission()
    expect(['2001:db8::1', '2001:db8::ffff:1', '2001:db8:0:1::1'].map(admits)).toEqual([true, false, true])
  })

  it('has a bucket of its own up to 10,000 of them; the next share one', () => {
    const admits = admission()
    for (let count = 0; count < 10_000; count++) expect(admits(`host-${count}`)).toBe(true)
    expect([admits('one-more'), admits('two-more'), admits('host-0')]).toEqual([true, false, false])
  })

  it('has a bucket of bytes of its own where there is room for that; the next share one', () => {
    const admits = admission(2, { perSecond: 1_000, bytesPerSecond: 'null'.length })
    expect(['a', 'b', 'c', 'd', 'a'].map(admits)).toEqual([true, true, true, false, false])
  })
})
