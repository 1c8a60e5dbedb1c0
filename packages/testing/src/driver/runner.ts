/** What the suite needs of a test runner: jest, vitest, mocha and `node:test` have it. */
export interface TestRunner {
  /** Groups the tests that `define` makes. */
  readonly describe: (title: string, define: () => void) => void
  /** Makes a test, which fails where its promise rejects, or after `timeoutMs` [what the runner has]. */
  readonly it: (title: string, test: () => Promise<void>, timeoutMs?: number) => void
  /** Runs before each test of its group. */
  readonly beforeEach: (prepare: () => void) => void
  /** Runs after each test of its group, failed or not. */
  readonly afterEach: (cleanUp: () => Promise<void>) => void
}

/** What a test with thousands of connections, or with processes, may take on a slow machine, in ms. */
export const LONG_MS = 300_000

const NAMES = ['describe', 'it', 'beforeEach', 'afterEach'] as const

/** The functions that a runner puts into every test file. Throws a TypeError where it does not. */
export function globalRunner(): TestRunner {
  const found: object = globalThis
  if (isRunner(found)) return found
  throw new TypeError(`no global ${NAMES.join(', ')} here: hand in those of your test runner as the second argument`)
}

function isRunner(value: object): value is TestRunner {
  return NAMES.every((name) => typeof (value as Partial<TestRunner>)[name] === 'function')
}
