import { WorkerStock } from '../../src/host/worker/worker-stock'

const HEAP_MB = 64

/** A stock that one node uses, which ends with the test. */
async function withStock(keptMs: number, work: (stock: WorkerStock) => Promise<void>): Promise<void> {
  const stock = new WorkerStock(keptMs)
  stock.acquire()
  try {
    await work(stock)
  } finally {
    await stock.release()
  }
  expect(stock.kept).toBe(0)
}

describe('the stock of workers', () => {
  it('keeps one fresh worker ready once one was needed, for its heap alone', () =>
    withStock(60_000, async (stock) => {
      const first = stock.take(HEAP_MB)
      stock.refill(HEAP_MB)
      stock.refill(HEAP_MB)
      expect(stock.kept).toBe(1)
      const other = stock.take(HEAP_MB * 2)
      expect(stock.kept).toBe(1)
      const spare = stock.take(HEAP_MB)
      expect([spare === first, stock.kept]).toEqual([false, 0])
      await Promise.all([first, other, spare].map(({ worker }) => worker.terminate()))
    }))

  it('keeps a worker in which a version was tried, and gives it for the next trial alone', () =>
    withStock(60_000, async (stock) => {
      const tried = stock.takeTried(HEAP_MB)
      await stock.giveBack(tried)
      expect(stock.kept).toBe(1)
      const fresh = stock.take(HEAP_MB)
      expect(fresh).not.toBe(tried)
      expect(stock.takeTried(HEAP_MB)).toBe(tried)
      await Promise.all([fresh, tried].map(({ worker }) => worker.terminate()))
    }))

  it('tells when one that comes back is there', () =>
    withStock(60_000, async (stock) => {
      const tried = stock.takeTried(HEAP_MB)
      void stock.giveBack(tried)
      expect(stock.kept).toBe(0)
      await stock.returned
      expect(stock.takeTried(HEAP_MB)).toBe(tried)
      await tried.worker.terminate()
    }))

  it('keeps a worker for 199 trials, and ends it after 200', () =>
    withStock(60_000, async (stock) => {
      const tried = stock.takeTried(HEAP_MB)
      tried.uses = 198
      await stock.giveBack(tried)
      expect([stock.kept, stock.takeTried(HEAP_MB) === tried]).toEqual([1, true])
      const ended = new Promise((resolve) => tried.worker.once('exit', resolve))
      await stock.giveBack(tried)
      await ended
      expect(stock.kept).toBe(0)
    }))

  it('ends what nobody needed for a while, and what died meanwhile is not given', () =>
    withStock(20, async (stock) => {
      const tried = stock.takeTried(HEAP_MB)
      const ended = new Promise((resolve) => tried.worker.once('exit', resolve))
      await stock.giveBack(tried)
      await ended
      expect(stock.kept).toBe(0)
    }))

  it('keeps nothing where no node is left', async () => {
    const stock = new WorkerStock()
    const tried = stock.takeTried(HEAP_MB)
    stock.refill(HEAP_MB)
    await stock.giveBack(tried)
    expect(stock.kept).toBe(0)
  })
})
