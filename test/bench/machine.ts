import type Docker from 'dockerode'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { version } from 'node:process'

/** What the numbers were measured on: name and value, for people. */
export type MachineFacts = readonly (readonly [name: string, value: string])[]

/** Asks the machine and the daemon who they are. */
export async function machineFacts(docker: Docker): Promise<MachineFacts> {
  const info = (await docker.info()) as Readonly<Record<string, string>>
  const processors = cpus()
  return [
    ['processors', `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}`],
    ['memory', `${Math.round(totalmem() / 1024 ** 3)} GiB`],
    ['kernel', release()],
    ['docker', `${info['ServerVersion']}, runtime ${info['DefaultRuntime']}`],
    ['storage driver', `${info['Driver']}`],
    ['log driver', `${info['LoggingDriver']}`],
    ['cgroups', `version ${info['CgroupVersion'] ?? '1'}, driver ${info['CgroupDriver']}`],
    ['node', version],
    // A machine that others work on tells little in milliseconds, and something in ratios.
    ['load before', `${loadavg()[0]?.toFixed(2)} over the last minute`],
  ]
}
