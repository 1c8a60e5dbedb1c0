import { canonicalUrl, distinctUrls } from '../../src/driver/canonical-url'

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
  ['no url', 'no url'],
  ['', '']
])('%s leads where %s does', (text, canonical) => {
  expect(canonicalUrl(text)).toBe(canonical)
})

it('keeps the first of the addresses that lead to one place, as it was written', () => {
  expect(distinctUrls(['ws://H:1/', 'ws://h:2', 'ws://h:1', 'ws://h:2/'])).toEqual(['ws://H:1/', 'ws://h:2'])
})
