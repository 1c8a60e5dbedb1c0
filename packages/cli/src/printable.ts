import { printable } from 'trustp2p/control'

export { printable } from 'trustp2p/control'

/** Gives the JSON text of a value, printable; indented unless `compact`. */
export function printableJson(value: unknown, layout: 'compact' | 'indented'): string {
  const text = JSON.stringify(value ?? null, undefined, layout === 'compact' ? 0 : 2)
  return text.split('\n').map(printable).join('\n')
}
