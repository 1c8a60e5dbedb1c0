/** A text in single quotes, as a shell of Bourne's kind reads it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** A text as one word of a command to paste: in quotes where a shell would read more than a word. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : quoted(text)
}
