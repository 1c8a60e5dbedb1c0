import { Thread } from '../../src/thread/thread'
import { findThreadClass } from '../../src/thread/thread-class'

class A {}
class B {}
function Old(): void {}
Object.assign(Old.prototype as object, { onAsk: () => 'yes' })
const helper = (): void => undefined
function plain(): void {}

describe('the class of a thread', () => {
  it.each([
    ['module.exports = class', A],
    ['export default class', { default: A }],
    ['export default class, beside others', { default: A, B, helper }],
    ['a CommonJS module imported as ESM', { default: { default: A } }],
    ['one class exported by name', { A }],
    ['one class beside what is none', { A, helper, plain, limit: 7, Thread }],
    ['one class under two names', { A, Same: A }],
    ['exports without a prototype', Object.assign(Object.create(null) as object, { default: A })]
  ])('is found: %s', (_what, exported) => {
    expect(findThreadClass(exported, 'a.js')).toBe(A)
  })

  it('may be a function of the old style', () => {
    expect(findThreadClass(Old, 'a.js')).toBe(Old)
    expect(findThreadClass({ Old, plain }, 'a.js')).toBe(Old)
    expect(findThreadClass({ default: plain }, 'a.js')).toBe(plain)
  })

  it.each([
    [undefined, 'no class'],
    [null, 'no class'],
    [7, 'no class'],
    ['text', 'no class'],
    [{}, 'no class'],
    [{ default: undefined }, 'no class'],
    [{ default: {} }, 'no class'],
    [{ default: helper }, 'no class'],
    [{ Thread }, 'no class'],
    [helper, 'no class'],
    [async function later(): Promise<void> {}, 'no class'],
    [new A(), 'no class'],
    [Object.create({ default: A }) as object, 'no class'],
    [{ A, B }, 'several classes (A, B)']
  ])('is missed with the file and the remedy: %p', (exported, found) => {
    expect(() => findThreadClass(exported, 'a.js')).toThrow(
      expect.objectContaining({
        code: 'ERR_TRUSTP2P_THREAD_NO_CLASS',
        message: `a.js: the module exports ${found}; write \`export default class …\` or \`module.exports = class …\``
      })
    )
  })
})
