export interface NaiveMessage {
  readonly tag: number
  readonly body: unknown
}

/** Reads a message of the naive programs: JSON text. */
export function readNaiveMessage(data: Buffer): NaiveMessage {
  const message: unknown = JSON.parse(data.toString())
  if (!isNaiveMessage(message)) throw new TypeError('A message of the naive programs has a tag and a body')
  return message
}

function isNaiveMessage(value: unknown): value is NaiveMessage {
  return typeof value === 'object' && value !== null && 'tag' in value && 'body' in value
}
