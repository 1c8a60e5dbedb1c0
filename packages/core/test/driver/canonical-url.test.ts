import { canonicalUrl, distinctUrls, shownUrl } from '../../src/driver/canonical-url'

it.each([
  ['ws://h:1107', 'ws://h:1107'],
  ['ws://h:1107/', 'ws://h:1107'],
  ['WS://H:1107/', 'ws://h:1107'],
  ['ws://h:80/', 'ws://h'],
  ['wss://h:443', 'wss://h'],
  ['ws://h:1107/Path', 'ws://h:1107/Path'],
  ['ws://h:1107/?a', 'ws://h:1107/?a'],
  ['ws://[::0001]:1107', 'ws://[::1]:1107'],
  ['memory://server', 'memory://server'],
  ['TCP://Host:1107/', 'tcp://host:1107'],
  ['tls://[::0001]:1107', 'tls://[::1]:1107'],
  ['unix:///Run/Node.sock', 'unix:///Run/Node.sock'],
  ['no url', 'no url'],
  ['', '']
])('%s leads where %s does', (text, canonical) => {
  expect(canonicalUrl(text)).toBe(canonical)
})

it('keeps the first of the addresses that lead to one place, as it was written', () => {
  expect(distinctUrls(['ws://H:1/', 'ws://h:2', 'ws://h:1', 'ws://h:2/'])).toEqual(['ws://H:1/', 'ws://h:2'])
})

it.each([
  ['ws://user:pw@h:1/path', 'ws://***@h:1/path'],
  ['"ws://user:p@w@h" and wss://b@c', '"ws://***@h" and wss://***@c'],
  ['ws://h:1/a@b', 'ws://h:1/a@b'],
  ['no url', 'no url']
])('%s is shown as %s', (text, shown) => {
  expect(shownUrl(text)).toBe(shown)
})
