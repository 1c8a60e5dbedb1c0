import { dirname, join, relative, sep } from 'node:path'

/** Folders whose code is neither the thread's nor a library's of it. */
const OWN_FOLDERS = [join(__dirname, '..'), dirname(require.resolve('trustp2p'))].map((folder) => folder + sep)

/** Where on a stack the thread, or else a library of it, stands: `threads-available/chat.mjs:12:5`. */
export function placeOf({ stack = '' }: Error): string | undefined {
  const places = stack.split('\n').flatMap((line) => placeIn(line) ?? [])
  const others = places.filter((place) => !OWN_FOLDERS.some((folder) => place.startsWith(folder)))
  const found = others.find((place) => !place.includes(`${sep}node_modules${sep}`)) ?? others[0]
  return found === undefined ? undefined : shortened(found)
}

/** `at name (/a/b.js:1:2)` and `at file:///a/b.js:1:2` both tell `/a/b.js:1:2`; Node's own files tell nothing. */
function placeIn(line: string): string | undefined {
  const text = /^\s*at (?:.*\()?(?:file:\/\/)?((?:\/|[A-Za-z]:\\).*:\d+:\d+)\)?$/.exec(line)?.[1]
  return text?.includes('(') === true ? undefined : text
}

function shortened(place: string): string {
  const way = relative(process.cwd(), place)
  return way.startsWith('..') ? place : way
}
