import type { WatchedFrame } from 'trustp2p/control'

/** A frame for programs: its body as a value under `body`; what is cut, or no JSON, as it came under `text`. */
export function plainFrame({ at, json, ...frame }: WatchedFrame): object {
  return { time: new Date(at).toISOString(), ...frame, ...(json !== undefined && bodyOf(json, frame.cut === true)) }
}

function bodyOf(json: string, isCut: boolean): { body: unknown } | { text: string } {
  try {
    return isCut ? { text: json } : { body: JSON.parse(json) as unknown }
  } catch {
    return { text: json }
  }
}
