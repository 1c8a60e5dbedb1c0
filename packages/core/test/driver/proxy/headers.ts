/** What a header says. */
export interface HeaderFacts {
  /** Version and command [PROXY of version 2]. */
  readonly command?: number
  readonly family: number
  /** Addresses and ports, and what is behind them. */
  readonly addresses?: readonly number[]
}

/** Writes a header of the PROXY protocol, version 2. */
export function proxyHeader({ command = 0x21, family, addresses = [] }: HeaderFacts): Buffer {
  const fixed = [command, family, addresses.length >> 8, addresses.length & 0xff]
  return Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'), Buffer.from([...fixed, ...addresses])])
}
