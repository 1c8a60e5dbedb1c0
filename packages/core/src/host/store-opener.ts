import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { errorCode, errorText, P2pError } from '../errors'
import type { StoreOpener } from '../node-store'
import type { Store } from '../store'
import { importNative, importSpecifier } from './native-import'
import { lstatMaybe } from './local/lstat-maybe'
import { makeStateFolder, stateFolderPath } from './state-folder'
import type { StateFolderOptions } from './state-folder'

/** What `store: true` means. */
const OWN_PACKAGE = '@trustp2p/store'
/** Below the state folder of the node. */
const FOLDER = 'store'

/** Which store a node is to have. */
export interface StoreChoice {
  /** The folder of the node. */
  readonly cwd: string
  /** As in the configuration. */
  readonly store: boolean | string
}

export interface StoreOpenerOptions extends StoreChoice {
  /** The name of the node. */
  readonly name: string
}

/** What the package of a store exports. */
interface StoreModule {
  readonly openStore: (folder: string) => Promise<Store>
}

/**
 * The store of a node's state folder; nothing is looked for before somebody asks. `open` rejects with
 * ERR_TRUSTP2P_STORE_NOT_FOUND for a package that is not there, ERR_TRUSTP2P_STORE_INVALID for one that is none of a
 * store, ERR_TRUSTP2P_STATE_FOLDER_INVALID, and as the package's `openStore` does.
 */
export function createStoreOpener({ cwd, name, store }: StoreOpenerOptions): StoreOpener | undefined {
  if (store === false) return undefined
  let found: { readonly package: string | undefined } | undefined
  return {
    get package() {
      found ??= { package: storePackage({ cwd, store }) }
      return found.package
    },
    isNew: () => isNew({ cwd, name }),
    open: async () => openWith(store === true ? OWN_PACKAGE : store, { cwd, name, store })
  }
}

/** What cannot be looked at is told of when it is opened. */
async function isNew(place: StateFolderOptions): Promise<boolean> {
  try {
    return (await lstatMaybe(join(await stateFolderPath(place), FOLDER))) === undefined
  } catch {
    return false
  }
}

/** The package that keeps the store of a node; undefined where nobody named one, and ours is not installed. */
export function storePackage({ cwd, store }: StoreChoice): string | undefined {
  if (store === false) return undefined
  if (store !== true) return store
  return importersOf(cwd, store).some((importer) => canResolve(OWN_PACKAGE, importer)) ? OWN_PACKAGE : undefined
}

/** Who may have installed it: the project, and for ours whoever installed this library. */
function importersOf(cwd: string, store: boolean | string): string[] {
  return [join(cwd, 'package.json'), ...(store === true ? [__filename] : [])]
}

async function openWith(module: string, { cwd, name, store }: StoreOpenerOptions): Promise<Store> {
  const { openStore } = storeModuleIn(await loadModule(module, importersOf(cwd, store)), module)
  const opened: unknown = await openStore(join(await makeStateFolder({ cwd, name }), FOLDER))
  if (isStore(opened)) return opened
  throw invalid(`openStore of "${module}" gave no store: it has get, write, entries and close`)
}

async function loadModule(module: string, importers: readonly string[]): Promise<unknown> {
  const importer = importers.find((each) => canResolve(module, each))
  if (importer === undefined) {
    const text = `the package "${module}" of the store is not found from ${importers[0]}: install it, or mend store`
    throw new P2pError('ERR_TRUSTP2P_STORE_NOT_FOUND', text, { details: { module } })
  }
  try {
    return await load(module, importer)
  } catch (cause) {
    const text = `the package "${module}" of the store failed while it was loaded: ${errorText(cause)}`
    throw new P2pError('ERR_TRUSTP2P_STORE_FAILED', text, { cause, details: { module } })
  }
}

async function load(module: string, importer: string): Promise<unknown> {
  const require = createRequire(importer)
  try {
    return require(module) as unknown
  } catch (error) {
    const code = errorCode(error) ?? ''
    if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return importSpecifier(module, importer)
    if (!/^ERR_REQUIRE_(ESM|ASYNC_MODULE)$/.test(code)) throw error
    return importNative(pathToFileURL(require.resolve(module)).href)
  }
}

function canResolve(module: string, importer: string): boolean {
  try {
    createRequire(importer).resolve(module)
    return true
  } catch (error) {
    return errorCode(error) === 'ERR_PACKAGE_PATH_NOT_EXPORTED'
  }
}

function storeModuleIn(exported: unknown, module: string): StoreModule {
  for (const found of [exported, (exported as { readonly default?: unknown } | null)?.default]) {
    if (isStoreModule(found)) return found
  }
  throw invalid(`the package "${module}" of the store exports no function openStore`)
}

function isStoreModule(value: unknown): value is StoreModule {
  return typeof (value as Partial<StoreModule> | null | undefined)?.openStore === 'function'
}

const METHODS = ['get', 'write', 'entries', 'close'] as const

function isStore(value: unknown): value is Store {
  return METHODS.every((method) => typeof (value as Partial<Store> | null | undefined)?.[method] === 'function')
}

function invalid(text: string): P2pError {
  return new P2pError('ERR_TRUSTP2P_STORE_INVALID', text)
}
