import { isSocketPath, isSocketRoom, LONGEST_SOCKET_PATH } from '../../../src/host/local/socket-place'

/** An absolute path of so many bytes, whose last part is short. */
function pathOf(bytes: number, name = 'a-socket-with-a-name'): string {
  return `/${'x'.repeat(bytes - name.length - 2)}/${name}`
}

it(`a socket may have a path of ${LONGEST_SOCKET_PATH} bytes, and no longer one`, () => {
  expect([pathOf(LONGEST_SOCKET_PATH).length, isSocketPath(pathOf(LONGEST_SOCKET_PATH))]).toEqual([100, true])
  expect(isSocketPath(pathOf(LONGEST_SOCKET_PATH + 1))).toBe(false)
})

it('counts bytes, not characters', () => {
  expect(isSocketPath(`/${'é'.repeat(49)}x`)).toBe(true)
  expect(isSocketPath(`/${'é'.repeat(50)}`)).toBe(false)
})

it('a socket is made where its own path fits, and the one at which it is made', () => {
  expect(isSocketRoom(pathOf(LONGEST_SOCKET_PATH))).toBe(true)
  expect(isSocketRoom(pathOf(LONGEST_SOCKET_PATH + 1))).toBe(false)
  const folder = (bytes: number) => `/${'x'.repeat(bytes - 1)}/s`
  expect(isSocketRoom(folder(LONGEST_SOCKET_PATH - '/.XXXXXX/s'.length))).toBe(true)
  expect(isSocketRoom(folder(LONGEST_SOCKET_PATH - '/.XXXXXX/s'.length + 1))).toBe(false)
})
