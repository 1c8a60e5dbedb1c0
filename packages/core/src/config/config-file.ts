/** A place in a text; both count from 1, the column in UTF-16 units, as editors do. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** A configuration file that was read: by `readConfigFile`, or by a program that keeps its configuration elsewhere. */
export interface ConfigFile {
  /** What reports call it: `trustp2p.config.json`. */
  readonly name: string
  /** What it holds, unchecked. */
  readonly value: unknown
  /** Where the key of a path stands, or the nearest one around it. Called only for what is told of. */
  place(path: readonly string[]): TextPlace | undefined
}
