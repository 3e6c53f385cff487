import { readFile } from 'node:fs/promises'
import { findProgram } from '../../quickstart/machine/find-program.ts'
import { ensureProgram, programs, type Building } from './programs.ts'

/** capabilities(7), CAP_SYS_RESOURCE. */
const sysResource = 24n

/** What containerd calls: the machine's runc where root may do all that a privileged container is to be able to, else ours before it. */
export async function findRunc(building: Building): Promise<string> {
  const status = await readFile('/proc/self/status', 'utf8')
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  const machines = findProgram('runc')
  return machines && (effective >> sysResource) & 1n ? machines : await ensureProgram(programs.runc, building)
}
