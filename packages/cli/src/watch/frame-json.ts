import type { WatchedFrame } from 'trustp2p/control'

/** A frame for programs: its body as a value under `body`; what is cut, or no JSON, as it came under `text`. */
export function plainFrame({ at, json, ...frame }: WatchedFrame): object {
  return { time: timeOf(at), ...frame, ...(json !== undefined && bodyOf(json, frame.cut === true)) }
}

/** Null for a number that is no time: what runs may be of another version. */
function timeOf(at: number): string | null {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

function bodyOf(json: string, isCut: boolean): { body: unknown } | { text: string } {
  try {
    return isCut ? { text: json } : { body: JSON.parse(json) as unknown }
  } catch {
    return { text: json }
  }
}
