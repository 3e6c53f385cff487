import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../../ci/tools/command.ts'
import { named } from './image-name.ts'
import type { ProvidedCluster } from './provided.ts'

const chart = fileURLToPath(new URL('../../mothership/chart', import.meta.url))
const namespace = 'mothership'
const peoplePort = 30983

/** Where this machine finds the mothership, and where its profile is put. */
export interface Installing {
  readonly node: string
  readonly directory: string
}

/** Installs a mothership by its chart; answers the file of a profile that leads to it from here. */
export async function installMothership(
  cluster: Omit<ProvidedCluster, 'profile'>,
  { node, directory }: Installing,
): Promise<string> {
  const [program = '', ...before] = cluster.kubectl
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig }
  const run = { env, signal: AbortSignal.timeout(300_000) }
  const values = {
    image: named(cluster.mothership),
    extraHosts: [node],
    service: { type: 'NodePort', nodePorts: { people: peoplePort, broker: 0, launchers: 0 } },
    persistence: { size: '1Gi', whenDeleted: 'Delete' },
    heartbeatSeconds: 2,
    leaseSeconds: 20,
  }
  const file = join(directory, 'mothership.json')
  await writeFile(file, JSON.stringify(values))
  const words = ['upgrade', '--install', 'spacelift-mothership', chart, '--namespace', namespace, '--create-namespace']
  await runCommand(cluster.helm[4], [...words, '--values', file, '--wait', '--timeout', '4m'], run)
  const kept = '/var/lib/spacelift-mothership/profile.json'
  const read = ['exec', '--namespace', namespace, 'spacelift-mothership-0', '--', 'cat', kept]
  const profile = JSON.parse(await runCommand(program, [...before, ...read], run)) as object
  const outside = join(directory, 'profile.json')
  await writeFile(outside, JSON.stringify({ ...profile, endpoint: `https://${node}:${peoplePort}` }), { mode: 0o600 })
  return outside
}
