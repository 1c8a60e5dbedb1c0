import { basename } from 'node:path'
import type { Manifest } from '../thread/manifest'
import { contractsOfThread } from '../thread/thread-contract'
import type {
  ApartLoadOptions,
  ApartModule,
  ThreadEntry,
  ThreadLoadOptions,
  ThreadModule,
  ThreadText
} from '../thread/thread-source'
import type { FoundEntry } from './entry-finder'
import { ABSENT, type FileKey, type Note } from './file-print'
import type { Prints } from './thread-files'

/** What the source needs to know of the loader. */
export interface EntryLoader {
  /** Notes every file that it reads, and every one that it looks for in vain. */
  load(path: string, options: ThreadLoadOptions, note: Note): Promise<Pick<ThreadModule, 'exports' | 'manifest'>>
  /** The same in a worker. */
  loadApart(entry: ApartSubject, options: ApartLoadOptions, note: Note): Promise<Pick<ApartModule, 'room' | 'manifest'>>
  /** Reads the manifest that lies beside the entry's file. */
  readManifest(path: string): Promise<Manifest | undefined>
  /** Reads a text file of the thread whose module is that file. */
  readText(file: string, path: string, note: Note): Promise<ThreadText | undefined>
  /** Adds what a load that failed has read of the files that threads share. */
  unloadedShared(): Prints
  /** An entry depends on other files now. */
  filesChanged(): void
  /** Where an entry lies, for reports. */
  describe(found: FoundEntry): string
}

/** What is loaded in a worker. */
export interface ApartSubject {
  readonly name: string
  /** How reports name it. */
  readonly label: string
  readonly path: string
}

type Noted = Pick<ThreadModule, 'revision' | 'includes' | 'readText'>

/**
 * One entry over time: what was last told of it, and the files that decide whether it has changed. These are the
 * ones that the last load read or missed, with what it found there, so a change during a load is not lost.
 */
export class ThreadState {
  readonly #loader: EntryLoader
  readonly #nextRevision: () => number
  #found: FoundEntry
  #files: Map<FileKey, string>
  /** What the load under way has read so far. */
  #reading: Prints = new Map()
  #revision: number
  #entry: ThreadEntry

  constructor(found: FoundEntry, prints: Prints, loader: EntryLoader, nextRevision: () => number) {
    this.#loader = loader
    this.#nextRevision = nextRevision
    this.#found = found
    this.#files = new Map(prints)
    this.#revision = nextRevision()
    this.#entry = this.#createEntry()
  }

  get entry(): ThreadEntry {
    return this.#entry
  }

  get fileName(): string {
    return this.#found.fileName
  }

  /** Where it leads, or breaks off. */
  get target(): string {
    return this.#found.target
  }

  /** The files that decide whether it has changed. */
  get files(): Prints {
    return this.#files
  }

  /** What to look at to tell whether `found` is a change. */
  keysOf(found: FoundEntry): readonly FileKey[] {
    if (whereOf(found) === whereOf(this.#found)) return [...this.#files.keys()]
    return keysOf(found)
  }

  /** True where a look showed something else than what was told, or what is being loaded. */
  differs(found: FoundEntry, prints: Prints): boolean {
    if (whereOf(found) !== whereOf(this.#found)) return true
    return [...prints].some(([key, print]) => (this.#reading.get(key) ?? this.#files.get(key) ?? print) !== print)
  }

  /** Takes what a look showed as the present state, one revision later. */
  accept(found: FoundEntry, prints: Prints): void {
    if (whereOf(found) !== whereOf(this.#found)) this.#files = new Map()
    for (const [key, print] of prints) this.#files.set(key, print)
    this.#found = found
    this.#revision = this.#nextRevision()
    this.#entry = this.#createEntry()
  }

  #createEntry(): ThreadEntry {
    const { name, problem } = this.#found
    const path = this.#loader.describe(this.#found)
    return {
      name,
      path,
      revision: this.#revision,
      problem,
      load: (options) => this.#load(options),
      loadApart: (options) => this.#loadApart(options),
      readManifest: () => this.#loader.readManifest(this.#found.path),
      mentions: (words) => this.#mentions(words),
      readContracts: (manifest) => {
        const readText = (text: string): Promise<ThreadText | undefined> => this.#readText(text, () => undefined)
        return contractsOfThread(manifest, { readText }, path)
      }
    }
  }

  #load(options: ThreadLoadOptions): Promise<ThreadModule> {
    return this.#noted((path, note) => this.#loader.load(path, options, note))
  }

  #loadApart(options: ApartLoadOptions): Promise<ApartModule> {
    const { name, path: label } = this.#entry
    return this.#noted((path, note) => this.#loader.loadApart({ name, label, path }, options, note))
  }

  /** Loads, and follows the files that the load read. */
  async #noted<Loaded>(load: (path: string, note: Note) => Promise<Loaded>): Promise<Loaded & Noted> {
    const { problem, path } = this.#found
    if (problem !== undefined) throw problem
    const before = this.#revision
    const notes = new Map<FileKey, string>()
    this.#reading = notes
    let ended = false
    const note: Note = (key, print) => {
      if (ended) this.#add(notes, key, print)
      else notes.set(key, print)
    }
    try {
      const loaded = await load(path, note)
      const readText = (text: string): Promise<ThreadText | undefined> => this.#readText(text, note)
      return { ...loaded, revision: this.#follow(notes, before), includes: (file) => notes.has(file), readText }
    } catch (error) {
      for (const [key, print] of this.#loader.unloadedShared()) notes.set(key, print)
      this.#follow(notes, before)
      throw error
    } finally {
      ended = true
      if (this.#reading === notes) this.#reading = new Map()
    }
  }

  /** What is wrong with the file shows when it is loaded. */
  async #mentions(words: string): Promise<boolean> {
    const { file } = this.#found
    if (file === undefined) return false
    const own = this.#loader.readText(file, `./${basename(file)}`, () => undefined)
    return own.then(
      (read) => read?.text.includes(words) === true,
      () => false
    )
  }

  async #readText(path: string, note: Note): Promise<ThreadText | undefined> {
    const { file } = this.#found
    return file === undefined ? undefined : this.#loader.readText(file, path, note)
  }

  /** Takes what a version reads later: what it imports while it runs. */
  #add(notes: Map<FileKey, string>, key: FileKey, print: string): void {
    if (this.#files !== notes || notes.has(key)) return
    notes.set(key, print)
    this.#loader.filesChanged()
  }

  /** Watches what a load has read. Gives the revision that it stands for. */
  #follow(notes: Map<FileKey, string>, before: number): number {
    const told = this.#files
    this.#files = notes
    // A load that was ended early may not have come to the entry's own file.
    for (const key of keysOf(this.#found)) if (!notes.has(key)) notes.set(key, told.get(key) ?? ABSENT)
    this.#loader.filesChanged()
    if (this.#revision === before) return before
    // A newer revision was told of meanwhile: what it was about is not to be told again.
    const newer = [...notes].filter(([key, print]) => (told.get(key) ?? print) !== print)
    for (const [key] of newer) notes.set(key, told.get(key) ?? '')
    return newer.length === 0 ? this.#revision : before
  }
}

/** The files of an entry that was not loaded yet. */
export function keysOf({ file }: FoundEntry): readonly FileKey[] {
  return file === undefined ? [] : [file]
}

/** Tells whether two looks showed the same. */
export function shapeOf(found: FoundEntry, prints: Prints): string {
  return JSON.stringify([whereOf(found), ...prints])
}

/** Where the entry leads, and what is wrong with it. */
function whereOf({ target, file, problem }: FoundEntry): string {
  return [target, file, problem?.code, problem?.message].join('\n')
}
