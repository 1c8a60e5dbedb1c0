import { globalRunner } from '../driver/runner'
import type { TestRunner } from '../driver/runner'
import { describeEntries } from './entries-tests'
import { describeLasting } from './lasting-tests'
import { describeLimits } from './limit-tests'
import { StoreBench } from './store-bench'
import type { StoreSubject } from './store-bench'
import { describeWrites } from './write-tests'

/**
 * Defines the tests that every store passes: call it in a test file. `runner` [the functions that the test runner put
 * into the file] is for a runner without globals, such as `node:test`. Each test takes less than a second.
 */
export function describeStore(subject: StoreSubject, runner: TestRunner = globalRunner()): void {
  runner.describe(`the store contract, kept by ${subject.name}`, () => {
    const bench = new StoreBench(subject)
    runner.beforeEach(() => bench.reset())
    runner.afterEach(() => bench.close())
    for (const describeGroup of [describeWrites, describeEntries, describeLimits]) describeGroup(bench, runner)
    if (subject.lasts) describeLasting(bench, runner)
  })
}
