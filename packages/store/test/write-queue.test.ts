import { WAITING_BYTES, WriteQueue } from '../src/write-queue'

/** Each change counts so much beside its key and value. */
const CHANGE_BYTES = 64
const GROUP_BYTES = 4 * 1024 * 1024

const changeOf = (key: string) => [{ key, value: undefined }]

/** A queue whose groups are made, or not, when the test says so. */
function createQueue() {
  const groups: string[][] = []
  const settles: ((error: Error | undefined) => void)[] = []
  const queue = new WriteQueue((changes) => {
    groups.push(changes.map(({ key }) => key))
    return new Promise((resolve) => settles.push(resolve))
  })
  const settle = async (error?: Error): Promise<void> => {
    settles.shift()?.(error)
    await new Promise(setImmediate)
  }
  return { groups, queue, settle }
}

it('writes that come while one is under way go together, in the order of their calls', async () => {
  const { groups, queue, settle } = createQueue()
  const written: string[] = []
  const adding = ['a', 'b', 'c'].map((key) => queue.add(changeOf(key), 1).then(() => written.push(key)))
  expect([groups, written]).toEqual([[['a']], []])
  await settle()
  expect([groups, written]).toEqual([[['a'], ['b', 'c']], ['a']])
  await settle()
  await Promise.all([...adding, queue.idle()])
  expect(written).toEqual(['a', 'b', 'c'])
})

it('a group ends with the write that brings it to 4 MiB', async () => {
  for (const [bytes, expected] of [
    [GROUP_BYTES - CHANGE_BYTES, [['a'], ['b'], ['c']]],
    [GROUP_BYTES - CHANGE_BYTES - 1, [['a'], ['b', 'c']]]
  ] as const) {
    const { groups, queue, settle } = createQueue()
    const adding = [queue.add(changeOf('a'), 1), queue.add(changeOf('b'), bytes), queue.add(changeOf('c'), 1)]
    for (let made = 0; made < adding.length; made++) await settle()
    await Promise.all(adding)
    expect(groups).toEqual(expected)
  }
})

it('a group that fails fails each of its writes, and no later one', async () => {
  const { queue, settle } = createQueue()
  const [first, second] = [queue.add(changeOf('a'), 1), queue.add(changeOf('b'), 1)]
  const outcomes = Promise.allSettled([first, second])
  await settle(new Error('full'))
  await settle()
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
})

it('64 MiB wait, with 64 bytes for each change, and not a byte more until some are written', async () => {
  const { queue, settle } = createQueue()
  const busy = { code: 'ERR_TRUSTP2P_STORE_BUSY' }
  await expect(queue.add(changeOf('a'), WAITING_BYTES - CHANGE_BYTES + 1)).rejects.toMatchObject(busy)
  const adding = queue.add(changeOf('a'), WAITING_BYTES - CHANGE_BYTES)
  await expect(queue.add([], 1)).rejects.toMatchObject(busy)
  await settle()
  await adding
  const later = queue.add([], 1)
  await settle()
  await later
})
