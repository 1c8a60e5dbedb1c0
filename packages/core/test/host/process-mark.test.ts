import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { processMark } from '../../src/host/process-mark'

const onLinux = process.platform === 'linux' ? it : it.skip

onLinux('a process has a mark of its own, as long as it is there', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'])
  await once(child, 'spawn')
  const [own, again, other] = [
    await processMark(process.pid),
    await processMark(process.pid),
    await processMark(Number(child.pid))
  ]
  expect(own).toMatch(/^[0-9a-f]{16}$/)
  expect([own === again, own === other]).toEqual([true, false])
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  expect(await processMark(Number(child.pid))).toBeUndefined()
})

onLinux('a mark is that of a process with blanks and brackets in its name', async () => {
  const own = await processMark(process.pid)
  const { title } = process
  process.title = 'a) S 1 (b'
  try {
    expect(await processMark(process.pid)).toBe(own)
  } finally {
    process.title = title
  }
})
