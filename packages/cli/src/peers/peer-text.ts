import type { KnownPeer, PeerBan, PeerListing } from 'trustp2p/control'
import { printable } from '../printable'
import { fit, layOut } from '../table'
import type { Output } from '../terminal'
import { count, duration } from '../units'

/** What is printed to, and when. */
export interface Page {
  /** In ms since 1970. */
  readonly now: number
  readonly out: Output
}

const TITLES = ['peer', 'seen', 'good', 'invalid', 'score', 'banned']

/** Prints a row for each peer. */
export function printPeers({ peers, total }: PeerListing, name: string, { now, out }: Page): void {
  if (peers.length === 0) return out.line(printable(`the node ${name} knows nobody`))
  const rows = peers.map((peer) => [
    printable(peer.id),
    seenText(peer, now),
    count(peer.good),
    count(peer.invalid),
    peer.score.toFixed(1),
    peer.ban === undefined ? '' : leftText(peer.ban, now)
  ])
  const { line, colors, columns } = out
  line(colors.bold(printable(`the node ${name}, those met last first`)))
  for (const [index, row] of layOut([TITLES, ...rows]).entries()) {
    const shown = columns === undefined ? row : fit(row, columns)
    line(index === 0 ? colors.dim(shown) : shown)
  }
  if (total > peers.length) line(colors.dim(`and ${count(total - peers.length)} more`))
}

/** Prints all that is known of a peer. */
export function printPeer(peer: KnownPeer, name: string, { now, out }: Page): void {
  out.line(out.colors.bold(printable(peer.id)))
  for (const row of layOut(facts(peer, name, now))) out.line(`  ${row}`)
}

function facts(peer: KnownPeer, name: string, now: number): string[][] {
  const { kind, host, firstSeen, good, invalid, score, addresses, ban } = peer
  const rows: [string, string | undefined][] = [
    ['is', kind === 'peer' ? `a peer of the node ${name}` : `a host, for the node ${name}`],
    ['first seen', firstSeen === undefined ? undefined : agoText(firstSeen, now)],
    ['last seen', seenText(peer, now) === '' ? undefined : `${seenText(peer, now)} ago`],
    ['last host', kind === 'peer' && host !== '' ? host : undefined],
    ...addresses.map((address): [string, string] => ['reached at', address]),
    ['events', `${count(good)} good, ${count(invalid)} invalid`],
    ['score', score.toFixed(1)],
    ['banned', ban && banText(ban, now)]
  ]
  return rows.flatMap(([title, text]) => (text === undefined ? [] : [[title, printable(text)]]))
}

const CAUSES: Readonly<Record<string, string>> = {
  offences: 'by limits.offencesPerHour',
  score: 'by limits.banScore',
  hand: 'by hand'
}

function banText(ban: PeerBan, now: number): string {
  const cause = CAUSES[ban.by] ?? ban.by
  const reason = ban.reason === '' ? '' : `: ${ban.reason}`
  return `${leftText(ban, now)} more, ${cause}${reason}`
}

function leftText({ until }: PeerBan, now: number): string {
  return duration(Math.max(0, until - now))
}

function seenText({ lastSeen }: KnownPeer, now: number): string {
  return lastSeen === undefined ? '' : duration(Math.max(0, now - lastSeen))
}

function agoText(at: number, now: number): string {
  return `${duration(Math.max(0, now - at))} ago`
}
