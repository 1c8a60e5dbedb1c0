import { PendingTable } from '../../src/deliver/pending-table'
import type { PendingRequest } from '../../src/deliver/pending-table'
import { P2pError } from '../../src/errors'
import { PackageType } from '../../src/wire/package'

describe('PendingTable', () => {
  it('takes each request out once, in any order, among more than it has slots', () => {
    const table = new PendingTable(1000)
    const tags = Array.from({ length: 1000 }, () => table.nextTag())
    for (const tag of tags) table.add(waiting(tag))
    for (const tag of [...tags].reverse()) {
      expect(table.get(tag)?.tag).toBe(tag)
      expect(table.take(tag)?.tag).toBe(tag)
      expect(table.take(tag)).toBeUndefined()
    }
    expect(table.size).toBe(0)
  })

  it('keeps a request that waits for long apart from those whose tags fall upon its slot', () => {
    const table = new PendingTable(10)
    const first = table.nextTag()
    table.add(waiting(first))
    for (let round = 0; round < 5000; round++) {
      const tag = table.nextTag()
      table.add(waiting(tag))
      expect(table.get(first)?.tag).toBe(first)
      expect(table.take(tag)?.tag).toBe(tag)
      expect(table.get(tag)).toBeUndefined()
    }
    expect(table.take(first)?.tag).toBe(first)
    expect(table.size).toBe(0)
  })

  it('takes tags that are no counters, and gives nothing for the tags of others', () => {
    const table = new PendingTable(10)
    const content = 'UzEu9UYOdTKSLlMksg4cToxO3FQ/f7m5cWJx6+e9gZk='
    table.add(waiting(content))
    for (const tag of ['', '0', content.slice(0, 11), '__proto__', 'ÿ€😀', 'z'.repeat(100_000)]) {
      expect(table.get(tag)).toBeUndefined()
      expect(table.take(tag)).toBeUndefined()
    }
    expect(table.take(content)?.tag).toBe(content)
  })

  it('has room for as many as its limit, and not for one more', () => {
    const table = new PendingTable(3)
    for (let count = 0; count < 3; count++) {
      table.assertRoom()
      table.add(waiting(table.nextTag()))
    }
    expect(() => table.assertRoom()).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_LIMIT_PENDING' }))
    table.take('2')
    expect(() => table.assertRoom()).not.toThrow()
  })

  it('takes out what is due and gives the earliest deadline that is left', () => {
    const table = new PendingTable(100)
    for (let deadline = 1; deadline <= 40; deadline++) table.add(waiting(table.nextTag(), deadline))
    const due: number[] = []
    expect(table.takeDue(25, ({ deadline }) => due.push(deadline))).toBe(26)
    expect(due.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
    expect(table.takeDue(40, ({ deadline }) => due.push(deadline))).toBe(Infinity)
    expect(table.size).toBe(0)
  })

  it('rejects all that wait, each with an error of its own', () => {
    const table = new PendingTable(100)
    const rejected: string[] = []
    for (let count = 0; count < 20; count++) {
      const tag = table.nextTag()
      table.add({ ...waiting(tag), reject: (error) => rejected.push(error.message) })
    }
    table.rejectAll((request) => new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', request.tag))
    expect(new Set(rejected).size).toBe(20)
    expect(table.size).toBe(0)
  })
})

function waiting(tag: string, deadline = Infinity): PendingRequest {
  return {
    tag,
    type: PackageType.REQUEST,
    event: 'test',
    deadline,
    typed: undefined,
    resolve: () => undefined,
    reject: () => undefined
  }
}
