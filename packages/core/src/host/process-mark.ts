import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

const BOOT_ID = '/proc/sys/kernel/random/boot_id'
/** Where the start of a process stands in its `stat`, counted from behind its name (proc(5), field 22). */
const START_FIELD = 19
const MARK_LENGTH = 16

/**
 * What tells a process from every other one that has its pid, before or after it, also after the machine was started
 * again: 16 hexadecimal digits of when both were started. Undefined where the system does not tell: only Linux does.
 */
export async function processMark(pid: number): Promise<string | undefined> {
  try {
    const [bootId, stat] = await Promise.all([readFile(BOOT_ID, 'utf8'), readFile(`/proc/${pid}/stat`, 'utf8')])
    // The name may hold anything, brackets and blanks too.
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD]
    if (start === undefined || !/^\d+$/.test(start)) return undefined
    return createHash('sha256').update(`${bootId.trim()} ${start}`).digest('hex').slice(0, MARK_LENGTH)
  } catch {
    return undefined
  }
}
