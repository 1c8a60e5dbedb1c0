/** What parent and child tell each other besides names: numbers alone. */
export type Numbers = Readonly<Record<string, number>>

/** Parent to child. */
export interface Question {
  readonly ask: string
  readonly values: Numbers
}

/** Child to parent. */
export type Reply = { readonly answer: Numbers } | { readonly failure: string }

export function isQuestion(value: unknown): value is Question {
  return isRecord(value) && typeof value.ask === 'string' && isNumbers(value.values)
}

export function isReply(value: unknown): value is Reply {
  return isRecord(value) && (isNumbers(value.answer) || typeof value.failure === 'string')
}

function isNumbers(value: unknown): value is Numbers {
  return isRecord(value) && Object.values(value).every((number) => typeof number === 'number')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
