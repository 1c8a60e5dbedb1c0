import type { Driver } from 'trustp2p'

/** What the suite needs to know of a driver. */
export interface DriverSubject {
  /** Stands in the titles of the tests. */
  readonly name: string
  /** Makes a driver that reaches the others that were made since the last `reset`. */
  createDriver(): Driver
  /** Called before each test [nothing]. */
  reset?(): void
  /** An address to listen on that is free. With `choosesPort` the same one may be listened on again at once. */
  readonly listenUrl: string
  /** A second one; only needed without `choosesPort`. */
  readonly otherUrl?: string
  /** An address that nobody listens on. */
  readonly deadUrl: string
  /** Texts that are no address of this driver. */
  readonly invalidUrls: readonly string[]
  /** Whether the real address differs from the one that was asked for (port 0). */
  readonly choosesPort: boolean
  /** A peer that takes connections and says nothing; where there is none, how dials time out is not tested. */
  silentPeer?(): Promise<ForeignPeer>
  /** A peer that speaks another protocol; where there is none, meeting one is not tested. */
  strangePeer?(): Promise<ForeignPeer>
  /** Connects to an address of a listener, and says nothing yet; where there is none, who calls so is not tested. */
  readonly caller?: (address: string) => Promise<ForeignCaller>
  /** How many connections come and go in the search for leaks [10,000]. */
  readonly connects?: number
  /**
   * Path of a module that exports `createDriver(context)`: other processes run that driver, and are stopped and killed.
   * Where there is none, nothing of that is tested.
   */
  readonly module?: string
  /** What that module gets as its `config` [`{}`]. */
  readonly moduleConfig?: unknown
}

/** Somebody who has connected to a listener, and is no driver. */
export interface ForeignCaller {
  /** Sends a text, in UTF-8. */
  write(text: string): void
  /** Resolves once the connection is gone. */
  readonly gone: Promise<void>
  /** Drops the connection. */
  close(): void
}

/** Somebody who can be dialled, and is no driver. */
export interface ForeignPeer {
  /** What to dial. */
  readonly url: string
  /** Ends it, and drops its connections. */
  close(): Promise<void>
}
