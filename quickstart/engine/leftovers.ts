import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../ci/tools/command.ts'
import { endProcess } from '../processes/ending.ts'
import { machinePath } from '../machine/find-program.ts'
import { allProcesses } from '../processes/identity.ts'
import { tearDownBridge } from './bridge.ts'
import type { DaemonFiles } from './daemon-files.ts'

/** dockerd first, so that it can end its containers; then what should have ended with it. */
const order = ['dockerd', 'containerd', 'containerd-shim-runc-v2', 'docker-proxy']

const graceMs = 20_000

/**
 * Ends every process of a private engine and removes its bridge, rules, mounts and sockets: after a stop, and before a start that finds
 * what a killed one left. They are known by their command lines, which name files of this directory. Images stay.
 */
export async function clearEngine(files: DaemonFiles, signal: AbortSignal): Promise<void> {
  for (const program of order) {
    const ours = allProcesses().filter((one) => one.program === program && mentions(one.line, files.directory))
    await Promise.all(ours.map(({ pid }) => endProcess(pid, graceMs)))
  }
  await unmountBelow(files.directory, signal)
  await tearDownBridge(files.bridge, signal)
  for (const name of ['run', 'docker.sock', 'docker.pid']) {
    await rm(join(files.directory, name), { recursive: true, force: true })
  }
}

function mentions(line: string, directory: string): boolean {
  return line.includes(`${directory}/`)
}

/** A daemon that was killed leaves its containers' file systems and network namespaces mounted. */
async function unmountBelow(directory: string, signal: AbortSignal): Promise<void> {
  const env = { PATH: machinePath }
  const mounts = await runCommand('cat', ['/proc/self/mounts'], { env, signal })
  const places = mounts.split('\n').map((line) => line.split(' ')[1] ?? '')
  const ours = places.filter((place) => place.startsWith(`${directory}/`)).toReversed()
  for (const place of ours) await runCommand('umount', ['-l', place], { env, signal })
}
