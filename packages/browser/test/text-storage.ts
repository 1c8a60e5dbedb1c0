import type { TextStorage } from '../src'

/** A storage of texts, as an origin has. */
export function createTextStorage(texts = new Map<string, string>()): TextStorage {
  return {
    getItem: (name) => texts.get(name) ?? null,
    setItem: (name, text) => void texts.set(name, text)
  }
}
