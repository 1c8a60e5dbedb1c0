import { guardLog } from '../../src/host/guarded-log'
import { createLog } from '../../src/host/log'

it('writes a line without its fields where these cannot be written', () => {
  const lines: unknown[] = []
  const destination = { write: (line: string) => lines.push(JSON.parse(line)) }
  const log = guardLog(createLog({ level: 'debug', destination })).child({ thread: 'a' })
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  for (const method of ['debug', 'info', 'warn', 'error'] as const) log[method]({ err: proxy }, method)
  log.info({ n: 1 }, 'fine')
  const broken = { fieldsCannotBeShown: true, thread: 'a' }
  expect(lines).toMatchObject([
    ...['debug', 'info', 'warn', 'error'].map((msg) => ({ ...broken, msg })),
    { n: 1, msg: 'fine', thread: 'a' }
  ])
})

it('drops a line where the log cannot write at all', () => {
  const fail = (): never => {
    throw new Error('full')
  }
  const log = guardLog({ debug: fail, info: fail, warn: fail, error: fail, child: fail })
  for (const method of ['debug', 'info', 'warn', 'error'] as const) expect(log[method]({}, 'x')).toBeUndefined()
})
