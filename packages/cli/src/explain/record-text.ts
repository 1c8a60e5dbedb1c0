import type { CodeExplanation, ExplainRecord } from 'trustp2p/control'
import { printable } from '../printable'
import { wrap } from '../table'
import type { Output } from '../terminal'
import { count, duration } from '../units'

/** Where it is printed; without columns no line is broken. */
export type Paper = Pick<Output, 'line' | 'colors' | 'columns'>

type Fact = readonly [name: string, text: string | undefined]

const INDENT = 2
/** Width of the longest name of a fact, with two blanks behind it. */
const NAMES = 8

/** Prints what happened for people: when and what, then why, about whom, and what to do. */
export function printRecord(record: ExplainRecord, now: number, paper: Paper): void {
  const { at, stage, text, code, remedy } = record
  printTitle(`${duration(Math.max(0, now - at))} ago, ${stage}: ${text}`, paper)
  printFacts(
    [
      ['why', whyOf(record)],
      ['whom', whomOf(record)],
      ['often', oftenOf(record)],
      ['code', code],
      ['do', remedy]
    ],
    paper
  )
}

/** Prints what a code means for people. */
export function printCode({ code, stage, text, remedy, limit }: CodeExplanation, paper: Paper): void {
  paper.line(paper.colors.bold(code))
  printFacts(
    [
      ['means', text],
      ['where', stage],
      ['limit', limit],
      ['do', remedy]
    ],
    paper
  )
}

function whyOf({ text, cause, limit, limitValue, close }: ExplainRecord): string | undefined {
  const set = limitValue === undefined ? '' : `, which is ${limitValue}`
  const why = [
    cause === undefined || text.includes(cause) ? '' : cause,
    limit === undefined ? '' : `${limit}${set}`,
    close === undefined || text.includes('closed it') ? '' : closeText(close)
  ].filter((part) => part !== '')
  return why.length === 0 ? undefined : why.join('; ')
}

function closeText({ by, code, reason }: NonNullable<ExplainRecord['close']>): string {
  const who = { us: 'closed by this node', peer: 'closed by the peer', nobody: 'the connection was lost' }[by]
  return code === 1006 ? who : `${who} with ${code}${reason === '' ? '' : ` "${reason}"`}`
}

function whomOf({ peer, peerId, host, url, socket, event, tag }: ExplainRecord): string | undefined {
  const parts = [
    peer ?? host,
    url === undefined || url === peer ? undefined : `at ${url}`,
    peerId && `peer id ${peerId}`,
    socket && `socket ${socket}`,
    event === undefined ? undefined : `event ${named(event)}`,
    tag ? `tag ${named(tag)}` : undefined
  ].filter((part) => part !== undefined && part !== '')
  return parts.length === 0 ? undefined : parts.join(', ')
}

/** A name of a peer's in quotes where it could be taken for more than a name. */
function named(name: string): string {
  return /^[\w./:@+*-]+$/.test(name) ? name : JSON.stringify(name)
}

function oftenOf({ count: times, at, since }: ExplainRecord): string | undefined {
  return times === 1 ? undefined : `${count(times)} times in ${duration(Math.max(0, at - since))}`
}

function printFacts(facts: readonly Fact[], paper: Paper): void {
  for (const [name, text] of facts) {
    if (text === undefined) continue
    const [first = '', ...others] = lines(text, INDENT + NAMES, paper)
    paper.line(`${' '.repeat(INDENT)}${paper.colors.dim(name.padEnd(NAMES))}${first}`)
    for (const other of others) paper.line(`${' '.repeat(INDENT + NAMES)}${other}`)
  }
}

function printTitle(text: string, paper: Paper): void {
  const { line, colors } = paper
  for (const [index, one] of lines(text, INDENT, paper).entries()) {
    line(colors.yellow(`${index === 0 ? '' : ' '.repeat(INDENT)}${one}`))
  }
}

function lines(text: string, indent: number, { columns }: Paper): string[] {
  const shown = printable(text)
  return columns === undefined ? [shown] : wrap(shown, Math.max(columns - indent, 1))
}
