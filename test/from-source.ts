import { join } from 'node:path'

/** Flags of Node with which a child process runs this repository's sources. */
export const FROM_SOURCE: readonly string[] = ['-C', '@trustp2p/source', '-r', join(__dirname, 'source-hook.js')]
