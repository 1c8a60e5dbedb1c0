import { isQuestion } from './answer'
import type { Numbers, Reply } from './answer'

/** What a child does for its parent, by name. */
export type Services = Readonly<Record<string, (values: Numbers) => Numbers | Promise<Numbers>>>

/** Answers the parent process once `prepare` has settled; the process ends with the channel to its parent. */
export function serveParent(prepare: () => Promise<Services>): void {
  process.on('disconnect', () => process.exit())
  const prepared = prepare()
  prepared.catch(() => {})
  process.on('message', (question: unknown) => {
    if (!isQuestion(question)) return
    const { ask, values } = question
    prepared
      .then((services) => answer(services, ask, values))
      .then(
        (numbers) => send({ answer: numbers }),
        (error: unknown) => send({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) })
      )
  })
}

async function answer(services: Services, name: string, values: Numbers): Promise<Numbers> {
  const service = services[name]
  if (service === undefined) throw new TypeError(`This program does not know ${name}`)
  return service(values)
}

function send(reply: Reply): void {
  process.send?.(reply)
}
