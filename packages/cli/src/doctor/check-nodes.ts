import { createLog, createNodeKit, readIdentity } from 'trustp2p'
import { assertStateFolder, ControlClient, errorCode, inspectNode, listStateFolders } from 'trustp2p/control'
import type { NodeReport } from 'trustp2p/control'
import { ANSWER_MS, askNode } from '../control/nodes'
import { duration } from '../units'
import { findingOf, ok, skipped, warning } from './finding'
import type { Finding } from './finding'
import type { Patient } from './patient'

/** Looks at the state folders, and asks the nodes that hold them. Gives what those told. */
export async function checkNodes(
  folder: string,
  name: string | undefined
): Promise<{ readonly findings: Finding[]; readonly reports: readonly NodeReport[] }> {
  const findings: Finding[] = []
  const reports: NodeReport[] = []
  for (const one of await namesOf(folder, name, findings)) {
    try {
      const report = await reportOf(folder, one)
      if (report === undefined) findings.push(...(await lookAt(folder, one)))
      else reports.push(report)
    } catch (error) {
      findings.push(findingOf(error))
    }
  }
  for (const { name: running, pid, upMs } of reports) {
    findings.push(ok(`the node ${running} runs as process ${pid}, up ${duration(upMs)}`))
  }
  if (findings.length === 0) findings.push(ok('no node runs here'))
  return { findings, reports }
}

/** Looks at where `start` would keep its state: it refuses a place that others could have made or may write to. */
export async function checkStateFolder({ folder: cwd, config }: Patient): Promise<Finding[]> {
  if (config === undefined) return [skipped('the state folder was not looked at: the configuration is wrong')]
  const { name, control, auth } = config
  if (control === false && auth === 'off') return []
  await assertStateFolder({ cwd, name })
  if (auth !== 'off') await readIdentity({ cwd, name, kit: createNodeKit({ log: createLog({ level: 'silent' }) }) })
  return [ok(`.trustp2p/${name} can keep the state of the node`)]
}

async function namesOf(folder: string, name: string | undefined, findings: Finding[]): Promise<readonly string[]> {
  try {
    const names = await listStateFolders(folder)
    return name === undefined ? names : names.filter((one) => one === name)
  } catch (error) {
    findings.push(findingOf(error))
    return []
  }
}

/** Gives undefined where no such node runs. */
async function reportOf(cwd: string, name: string): Promise<NodeReport | undefined> {
  let node: ControlClient
  try {
    node = await ControlClient.connect({ cwd, name })
  } catch (error) {
    if (errorCode(error) === 'ERR_TRUSTP2P_CONTROL_NOT_RUNNING') return undefined
    throw error
  }
  try {
    return await askNode(node, () => node.status({ timeoutMs: ANSWER_MS }))
  } finally {
    await node.close()
  }
}

async function lookAt(cwd: string, name: string): Promise<Finding[]> {
  const { pid, remedy, socket, socketPath } = await inspectNode({ cwd, name })
  if (pid !== undefined && remedy !== undefined) {
    const text = `process ${pid} holds the state folder of ${name}, and has no control socket`
    return [warning(text, remedy)]
  }
  const isStale = socketPath !== undefined && socket !== 'answers'
  return isStale ? [ok(`the node ${name} was killed: its next start removes what it left`)] : []
}
