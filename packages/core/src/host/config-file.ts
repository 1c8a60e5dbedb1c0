import { lstat, realpath } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import type { ConfigFile, TextPlace } from '../config/config-file'
import type { ErrorCode } from '../errors'
import { errorText, P2pError } from '../errors'
import { isPlainObject } from '../config/plain'
import { readJson } from './config-file-json'
import { validText, offsetOf, placesOf, TextFault, type LocatedValue } from './config-file-text'
import { readYaml } from './config-file-yaml'
import { isMissing, readOpened, runLater, type OpenedFile } from './file-steps'

/** Longest file that is read, in bytes. */
const FILE_BYTES = 1 << 20

const JSON_FILE = 'trustp2p.config.json'
const YAML_FILE = 'trustp2p.config.yaml'
/** What a file may be called by mistake. */
const MISNAMED_FILE = 'trustp2p.config.yml'

const READERS: Readonly<Record<string, ((text: string) => LocatedValue) | undefined>> = {
  '.json': readJson,
  '.yaml': readYaml,
  '.yml': readYaml
}

/**
 * Reads the configuration file of a working directory: `trustp2p.config.json` or `trustp2p.config.yaml`, or the one
 * that is given, a path relative to the directory. Its values are not checked here. Gives undefined where there is
 * none, or `configFile` is false. The key `$schema` of its top, which is for editors, is left out. Rejects with
 * ERR_TRUSTP2P_CONFIG_FILE_UNREADABLE, _AMBIGUOUS or _INVALID; the last one tells file, line and column.
 */
export async function readConfigFile(cwd: string, configFile?: string | false): Promise<ConfigFile | undefined> {
  if (configFile === false) return undefined
  if (configFile !== undefined && typeof configFile !== 'string') {
    throw new TypeError('configFile must be the path of a file, or false for none')
  }
  const name = configFile ?? (await findFile(cwd))
  if (name === undefined) return undefined
  const reader = READERS[extname(name).toLowerCase()]
  if (reader === undefined) {
    throw fileError(
      'ERR_TRUSTP2P_CONFIG_FILE_INVALID',
      `${name} must end in .json or .yaml, which tells how it is to be read`,
      { file: name }
    )
  }
  return parseFile(name, decode(name, await readBytes(name, resolve(cwd, name))), reader)
}

async function findFile(cwd: string): Promise<string | undefined> {
  const found = await Promise.all([JSON_FILE, YAML_FILE, MISNAMED_FILE].map((name) => isThere(cwd, name)))
  const [json, yaml, misnamed] = found
  if (json === true && yaml === true) {
    throw fileError(
      'ERR_TRUSTP2P_CONFIG_FILE_AMBIGUOUS',
      `both ${JSON_FILE} and ${YAML_FILE} are there: keep one of them`,
      {
        files: [JSON_FILE, YAML_FILE]
      }
    )
  }
  if (misnamed === true) {
    throw fileError('ERR_TRUSTP2P_CONFIG_FILE_AMBIGUOUS', `${MISNAMED_FILE} is not read: rename it to ${YAML_FILE}`, {
      files: [MISNAMED_FILE]
    })
  }
  if (json === true) return JSON_FILE
  return yaml === true ? YAML_FILE : undefined
}

/** A link that leads nowhere counts, too: somebody meant a file to be there. */
async function isThere(cwd: string, name: string): Promise<boolean> {
  try {
    await lstat(join(cwd, name))
    return true
  } catch (cause) {
    if (isMissing(cause)) return false
    throw unreadable(name, errorText(cause), cause)
  }
}

async function readBytes(name: string, path: string): Promise<Uint8Array> {
  const opened = await openFile(name, path)
  if (opened === undefined) throw unreadable(name, 'there is no such file')
  const { stats, bytes } = opened
  if (stats.isDirectory()) throw unreadable(name, 'it is a folder')
  if (!stats.isFile()) throw unreadable(name, 'it is no plain file')
  if (bytes === undefined || bytes.length > FILE_BYTES) {
    throw fileError(
      'ERR_TRUSTP2P_CONFIG_FILE_INVALID',
      `${name} has ${stats.size} bytes: at most ${FILE_BYTES} are read`,
      { file: name }
    )
  }
  return bytes
}

async function openFile(name: string, path: string): Promise<OpenedFile | undefined> {
  try {
    return await runLater(readOpened(await realpath(path), FILE_BYTES))
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw unreadable(name, errorText(cause), cause)
  }
}

function decode(name: string, bytes: Uint8Array): string {
  const first = bytes.subarray(0, 3).join()
  if (/^(255,254|254,255)\b/.test(first)) throw invalid(name, START, 'it is UTF-16 text: save it as UTF-8')
  if (first === '239,187,191') {
    throw invalid(name, START, 'it begins with a byte order mark: save it as UTF-8 without one')
  }
  const { text, isWhole } = validText(bytes)
  if (isWhole) return text
  throw invalid(name, placesOf(text)(text.length), 'the bytes here are no UTF-8 text: save it as UTF-8')
}

function parseFile(name: string, text: string, reader: (text: string) => LocatedValue): ConfigFile {
  if (text.trim() === '') throw invalid(name, START, 'it is empty: write {} into it, or remove it')
  const placeAt = placesOf(text)
  try {
    const root = reader(text)
    return { name, value: withoutSchema(root.value), place: (path) => placeAt(offsetOf(root, path)) }
  } catch (fault) {
    if (fault instanceof TextFault) throw invalid(name, placeAt(fault.offset), fault.message, fault)
    throw fault
  }
}

/** Leaves the key out by which a file names its schema to editors. */
function withoutSchema(value: unknown): unknown {
  if (!isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== '$schema'))
}

const START: TextPlace = { line: 1, column: 1 }

function invalid(name: string, { line, column }: TextPlace, text: string, cause?: unknown): P2pError {
  const details = { file: name, line, column }
  return fileError('ERR_TRUSTP2P_CONFIG_FILE_INVALID', `${name}:${line}:${column}: ${text}`, details, cause)
}

function unreadable(name: string, text: string, cause?: unknown): P2pError {
  return fileError(
    'ERR_TRUSTP2P_CONFIG_FILE_UNREADABLE',
    `the configuration file ${name} cannot be read: ${text}`,
    { file: name },
    cause
  )
}

function fileError(
  code: ErrorCode,
  text: string,
  details: Readonly<Record<string, unknown>>,
  cause?: unknown
): P2pError {
  return new P2pError(code, text, { details, ...(cause !== undefined && { cause }) })
}
