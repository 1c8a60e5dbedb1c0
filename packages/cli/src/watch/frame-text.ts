import type { WatchedFrame } from 'trustp2p/control'
import { printable } from '../printable'
import { fit } from '../table'
import type { Output } from '../terminal'
import { byteSize, count } from '../units'

/** Prints frames as lines: when, which way, the socket, then what the frame holds. A terminal gets no wider ones. */
export function printFrame(frame: WatchedFrame, { line, colors, columns }: Output): void {
  const { way, error, problem } = frame
  const time = timeOfDay(frame.at)
  const arrow = way === 'in' ? 'in ' : 'out'
  const start = `${time} ${arrow} `
  const rest = printable(problem === undefined ? packageText(frame) : `${place(frame)} no package: ${problem.message}`)
  const shown = columns === undefined ? rest : fit(rest, Math.max(columns - start.length, 1))
  const paint = error === undefined && problem === undefined ? (text: string) => text : colors.red
  line(`${colors.dim(time)} ${way === 'in' ? colors.cyan(arrow) : colors.green(arrow)} ${paint(shown)}`)
}

/** Tells that frames were left out. */
export function printDropped(dropped: number, { line, colors }: Output): void {
  line(colors.yellow(`… ${count(dropped)} frames were not shown: more came than are shown or read`))
}

function packageText({ tag = '', type = '', event = '', error, ...frame }: WatchedFrame): string {
  const words = [place(frame), type, named(event), tag === '' ? '' : `#${named(tag)}`, named(error), bodyText(frame)]
  return words.filter((word) => word !== '').join(' ')
}

/** A name of a peer's in quotes where it could be taken for more than a name. */
function named(name = ''): string {
  return /^[\w./:@+*-]*$/.test(name) ? name : JSON.stringify(name)
}

function place({ socket, peer }: Pick<WatchedFrame, 'socket' | 'peer'>): string {
  return `${socket} ${peer}`
}

function bodyText({ json, base64, cut, bytes }: WatchedFrame): string {
  const text = base64 === undefined ? (json ?? '') : `bytes ${base64}`
  return cut === undefined ? text : `${text}… (${byteSize(bytes)})`
}

/** `09:05:03.042`, in local time; dashes for a number that is no time. */
function timeOfDay(at: number): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return '--:--:--.---'
  const pad = (value: number, width = 2) => String(value).padStart(width, '0')
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((value) => pad(value))
  return `${hours ?? ''}:${minutes ?? ''}:${seconds ?? ''}.${pad(date.getMilliseconds(), 3)}`
}
