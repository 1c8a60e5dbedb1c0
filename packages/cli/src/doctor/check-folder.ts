import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { assertFolder, errorText } from 'trustp2p/control'
import type { ConfigReport } from '../config/examine-config'
import { withThreadFolder } from '../thread-folder'
import { findingOf, ok, warning } from './finding'
import type { Finding } from './finding'
import type { Patient } from './patient'

/** Looks whether the folder can be read and written. Nothing else can be looked at where it is none. */
export async function checkFolder(folder: string): Promise<Finding[]> {
  try {
    await assertFolder(folder)
  } catch (error) {
    return [findingOf(error)]
  }
  try {
    await access(folder, constants.W_OK)
  } catch (error) {
    const text = `${folder} cannot be written to: ${errorText(error)}`
    const remedy = 'mend its permissions, or switch threads by hand and set control to false'
    return [warning(text, remedy)]
  }
  return [ok(`${folder} can be read and written`)]
}

/** Looks at what was found in the configuration that `start` would take. */
export function checkConfiguration({ file, problems, warnings }: ConfigReport): Finding[] {
  const remedy = 'see `trustp2p-cli config explain`, and the reference of configuration'
  const found = [
    ...problems.map(({ code, text }) => ({ level: 'problem' as const, code, text, remedy })),
    ...warnings.map(({ code, text }) => ({ level: 'warning' as const, code, text, remedy }))
  ]
  if (problems.length > 0) return found
  return [...found, ok(file === undefined ? 'no configuration file: the defaults serve' : `${file} is valid`)]
}

/**
 * Looks at the links of the threads, and at how they do in nodes that run. Where the configuration is wrong, nobody knows
 * whether it allows what lies outside of the project.
 */
export async function checkThreads({ folder: cwd, config, reports }: Patient): Promise<Finding[]> {
  const allowedFolders = config?.allowedFolders ?? []
  return withThreadFolder({ cwd, allowedFolders }, ({ entries, warnings }) => {
    const threads = entries()
    const broken = threads.flatMap(({ name, problem: error }) => {
      const isUnknown = config === undefined && error?.code === 'ERR_TRUSTP2P_THREAD_FORBIDDEN'
      return error === undefined || isUnknown ? [] : [ofThread(name, error)]
    })
    const failed = reports.flatMap((report) =>
      report.threads.flatMap(({ name, error }) => {
        const isKnown = broken.some((finding) => finding.text.startsWith(`thread ${name}:`))
        return error === undefined || isKnown ? [] : [ofThread(name, coded(error), ` in the node ${report.name}`)]
      })
    )
    const found = [...warnings.map((error) => findingOf(error)), ...broken, ...failed]
    if (threads.length === 0) found.push(noThreads())
    else if (found.length === 0) found.push(ok(`threads: ${threads.map(({ name }) => name).join(', ')}`))
    return Promise.resolve(found)
  })
}

function ofThread(name: string, error: unknown, where = ''): Finding {
  const finding = findingOf(error)
  return { ...finding, text: `thread ${name}${where}: ${finding.text}` }
}

/** An error again of what a node told of one. */
function coded({ code, message }: { readonly code: string; readonly message: string }): Error {
  return Object.assign(new Error(message), { code })
}

function noThreads(): Finding {
  return warning(
    'no thread is enabled: the node answers nothing but pings',
    'see `trustp2p-cli threads available`, then `trustp2p-cli threads enable <name>`'
  )
}
