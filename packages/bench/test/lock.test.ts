import { installedWith } from '../src/lock'

describe('installedWith', () => {
  it('follows dependencies of dependencies and counts each once, the package itself first', () => {
    const lock = {
      'node_modules/app': { resolved: 'packages/core', link: true },
      'packages/core': { dependencies: { a: '1', b: '1' } },
      'node_modules/a': { dependencies: { c: '1' } },
      'node_modules/b': { dependencies: { c: '1', a: '1' } },
      'node_modules/c': {},
      'node_modules/unrelated': {}
    }
    expect(installedWith(lock, 'app')).toEqual(['app', 'a', 'b', 'c'])
  })

  it('counts two versions of one package twice', () => {
    const lock = {
      'node_modules/app': { dependencies: { a: '2', b: '1' } },
      'node_modules/a': {},
      'node_modules/b': { dependencies: { a: '1' } },
      'node_modules/b/node_modules/a': { dependencies: { b: '1' } }
    }
    expect(installedWith(lock, 'app')).toEqual(['app', 'a', 'b', 'a'])
  })

  it('finds what a package of a workspace has in its own folder', () => {
    const lock = {
      'node_modules/app': { resolved: 'packages/core', link: true },
      'packages/core': { dependencies: { a: '2' } },
      'packages/core/node_modules/a': { dependencies: { b: '1' } },
      'node_modules/a': {},
      'node_modules/b': {}
    }
    expect(installedWith(lock, 'app')).toEqual(['app', 'a', 'b'])
  })

  it('is a RangeError where a dependency is not in the lock', () => {
    expect(() => installedWith({ 'node_modules/app': { dependencies: { a: '1' } } }, 'app')).toThrow(RangeError)
  })
})
