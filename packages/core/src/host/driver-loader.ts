import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DriverModuleConfig } from '../config/config'
import { assertDriver } from '../driver/assert-driver'
import type { Driver } from '../driver/contract'
import type { DriverModule } from '../driver/driver-module'
import { P2pError, errorCode, errorText } from '../errors'
import type { Kit } from '../kit'
import { importNative, importSpecifier } from './native-import'

/** Longest time for a module and its `createDriver`, in ms. */
export const DRIVER_LOAD_MS = 10_000

export interface DriverLoadOptions {
  readonly kit: Kit
  /** The folder of the node. */
  readonly cwd: string
}

/**
 * Loads the module of a driver, and makes the driver. Rejects with ERR_TRUSTP2P_DRIVER_NOT_FOUND,
 * ERR_TRUSTP2P_DRIVER_LOAD_FAILED (with the cause; also where it takes longer than 10 s), or ERR_TRUSTP2P_DRIVER_INVALID.
 */
export async function loadDriver(
  { module, config = {} }: DriverModuleConfig,
  { kit, cwd }: DriverLoadOptions
): Promise<Driver> {
  const importer = join(cwd, 'package.json')
  const file = resolveModule(module, importer)
  const make = async (): Promise<unknown> => {
    const exported = await loadModule(module, file, importer)
    return driverModuleIn(exported, module).createDriver({ kit, config, cwd })
  }
  const driver = await inTime(make(), module, kit).catch((cause: unknown) => {
    throw errorCode(cause) === 'ERR_TRUSTP2P_DRIVER_INVALID' ? cause : loadFailed(module, cause)
  })
  assertDriver(driver)
  return driver
}

/** Gives undefined for a package that only `import` may take. */
function resolveModule(module: string, importer: string): string | undefined {
  try {
    return createRequire(importer).resolve(module)
  } catch (cause) {
    if (errorCode(cause) === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return undefined
    const text = `the module "${module}" of a driver is not found from ${importer}: install it, or mend drivers.modules`
    throw new P2pError('ERR_TRUSTP2P_DRIVER_NOT_FOUND', text, { cause, details: { module } })
  }
}

async function loadModule(module: string, file: string | undefined, importer: string): Promise<unknown> {
  if (file === undefined) return importSpecifier(module, importer)
  try {
    return createRequire(importer)(file) as unknown
  } catch (error) {
    if (!/^ERR_REQUIRE_(ESM|ASYNC_MODULE)$/.test(errorCode(error) ?? '')) throw error
    return importNative(pathToFileURL(file).href)
  }
}

function driverModuleIn(exported: unknown, module: string): DriverModule {
  for (const found of [exported, (exported as { readonly default?: unknown } | null)?.default]) {
    if (isDriverModule(found)) return found
  }
  throw new P2pError('ERR_TRUSTP2P_DRIVER_INVALID', `the module "${module}" exports no function createDriver`)
}

function isDriverModule(value: unknown): value is DriverModule {
  return typeof (value as Partial<DriverModule> | null | undefined)?.createDriver === 'function'
}

function inTime<Value>(made: Promise<Value>, module: string, { clock }: Kit): Promise<Value> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`"${module}" gave no driver within ${DRIVER_LOAD_MS} ms`))
    const timer = clock.setTimeout(late, DRIVER_LOAD_MS)
    void made.then(resolve, reject).finally(() => clock.clearTimeout(timer))
  })
}

function loadFailed(module: string, cause: unknown): P2pError {
  const text = `the module "${module}" of a driver failed while it was loaded: ${errorText(cause)}`
  return new P2pError('ERR_TRUSTP2P_DRIVER_LOAD_FAILED', text, { cause, details: { module } })
}
