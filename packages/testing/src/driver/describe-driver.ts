import { describeAddresses } from './address-tests'
import { describeCalls } from './calling-tests'
import { describeClosing } from './closing-tests'
import { describeDialling } from './dialling-tests'
import { DriverBench } from './driver-bench'
import type { DriverSubject } from './driver-subject'
import { describeFrames } from './frame-tests'
import { describeIdentity } from './identity-tests'
import { describeLeaks } from './leak-tests'
import { describeLife } from './life-tests'
import { describeLoad } from './load-tests'
import { describeProcesses } from './process-tests'
import { describeQueue } from './queue-tests'
import { globalRunner } from './runner'
import type { TestRunner } from './runner'
import { describeTerminating } from './terminating-tests'

const GROUPS = [
  describeAddresses,
  describeFrames,
  describeQueue,
  describeClosing,
  describeTerminating,
  describeDialling,
  describeCalls,
  describeIdentity,
  describeLife,
  describeProcesses,
  describeLoad,
  describeLeaks
]

/**
 * Defines the tests that every driver passes: call it in a test file. `runner` [the functions that the test runner put
 * into the file] is for a runner without globals, such as `node:test`. Most tests take less than a
 * second, some wait 2 s for a peer that does not follow a close; those with thousands of connections, or with other
 * processes, ask the runner for five minutes each.
 */
export function describeDriver(subject: DriverSubject, runner: TestRunner = globalRunner()): void {
  runner.describe(`the driver contract, kept by ${subject.name}`, () => {
    const bench = new DriverBench(subject)
    runner.beforeEach(() => bench.reset())
    runner.afterEach(() => bench.close())
    for (const describeGroup of GROUPS) describeGroup(bench, runner)
  })
}
