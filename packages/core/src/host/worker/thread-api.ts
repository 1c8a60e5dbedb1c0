import { Contract, contractJson, ContractEvent, defineContract } from '../../contract/contract'
import { contractModule } from '../../contract/contract-module'
import { ContractTable } from '../../contract/contract-table'
import { contentTag } from '../../wire/content-tag'
import { CP2pMessage } from '../../deliver/message'
import { ERROR_CATALOGUE, P2pError, errorCode, errorText, isCodedError } from '../../errors'
import { hostScope } from '../../host-scope'
import { printable } from '../../printable'
import { Thread } from '../../thread/thread'
import { CP2pPackage, Encoding, PackageType } from '../../wire/package'

/** What most threads import, and what is loaded here anyhow. */
const LIGHT: Readonly<Record<string, unknown>> = {
  Thread,
  PackageType,
  Encoding,
  P2pError,
  ERROR_CATALOGUE,
  errorCode,
  errorText,
  isCodedError,
  CP2pPackage,
  CP2pMessage,
  contentTag,
  printable,
  hostScope,
  Contract,
  contractJson,
  ContractEvent,
  contractModule,
  ContractTable,
  defineContract
}

/** The other exports of the library, which are loaded when a thread asks for the first of them. */
export const HEAVY = [
  'createClient',
  'createNode',
  'createServer',
  'P2pNode',
  'ThreadBootstrap',
  'createThreadList',
  'createThreadFolder',
  'createNodeKit',
  'createPlainContext',
  'MemoryStore',
  'assertStoreChanges',
  'assertStoreKey',
  'assertStoreRange',
  'storeClosed',
  'createTcpDriver',
  'createTlsDriver',
  'createUnixDriver',
  'createWsDriver',
  'createLog',
  'DriverRegistry',
  'MemoryNetwork',
  'createMemoryDriver',
  'explainConfig',
  'resolveConfig',
  'shownConfig',
  'readConfigFile',
  'assertCloseFrame',
  'Identity',
  'createIdentity',
  'createNetworkKey',
  'formatPeerId',
  'isPeerId',
  'parsePeerId',
  'identityFile',
  'openIdentity',
  'readIdentity',
  'rotateIdentity'
] as const

/** What `trustp2p` is to a thread in a worker: loading all of it would double the time that a worker starts in. */
export const threadApi = (): object => api

const api: object = createApi()

function createApi(): object {
  const made = { ...LIGHT }
  for (const name of HEAVY) {
    Object.defineProperty(made, name, { enumerable: true, get: () => Reflect.get(whole(), name) as unknown })
  }
  return made
}

function whole(): object {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded where it is needed
  return require('../../index') as object
}
