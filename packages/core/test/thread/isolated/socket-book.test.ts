import { factsOf, isSocket, SocketBook } from '../../../src/thread/isolated/socket-book'
import { createSocket } from './sockets'

describe('the sockets that a room was told of', () => {
  it('are found by their ids until they are gone', () => {
    const book = new SocketBook()
    const [one, other] = [createSocket('1'), createSocket('2')]
    expect(book.add(one)).toEqual(factsOf(one))
    book.add(other)
    expect([book.find('1'), book.find('2'), book.find('3')]).toEqual([one, other, undefined])
    book.remove(one)
    expect([book.find('1'), book.find('2')]).toEqual([undefined, other])
    book.clear()
    expect(book.find('2')).toBeUndefined()
  })

  it('are named by what changes of them, all others by all that is known', () => {
    const book = new SocketBook()
    const socket = createSocket('1')
    expect(book.refer(socket)).toEqual(factsOf(socket))
    book.add(socket)
    expect(book.refer(socket)).toEqual(['1', 1, 0])
    book.remove(socket)
    expect(book.refer(socket)).toEqual(factsOf(socket))
  })

  it('are told of again where something came from them, or their queues changed, and not else', () => {
    const book = new SocketBook()
    const [one, other] = [createSocket('1'), createSocket('2')]
    book.add(one)
    book.add(other)
    expect(book.changes()).toEqual([
      ['1', 1, 0],
      ['2', 1, 0]
    ])
    expect(book.changes()).toEqual([])
    one.lastReceivedAt = 5
    expect(book.changes()).toEqual([['1', 5, 0]])
    other.bufferedAmount = 7
    expect(book.changes()).toEqual([['2', 1, 7]])
    other.bufferedAmount = 0
    expect(book.changes()).toEqual([['2', 1, 0]])
    expect(book.changes()).toEqual([])
  })
})

it.each([undefined, null, 'socket', {}, { id: 1, peer: 'p', terminate: () => undefined }, { id: '1', peer: 'p' }])(
  '%j is no socket',
  (value) => {
    expect([isSocket(value), isSocket(createSocket('1'))]).toEqual([false, true])
  }
)
