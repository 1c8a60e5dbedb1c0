export type Answered = (body: unknown) => void

/** Sends one request and calls back with the body of its answer: what the programs under test have in common. */
export type Asker = (event: string, body: unknown, answered: Answered) => void
