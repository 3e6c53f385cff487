import { fileURLToPath } from 'node:url'
import { apply, configMap, secret } from './apply.ts'
import type { ProvidedCluster } from './provided.ts'
import type { Values } from './values.ts'
import type { Workers } from './workers.ts'

/** What a preset needs to be installed in a cluster of one small node that reaches nothing. */
export interface Setting {
  /** Over the preset's own; as few as it takes. */
  readonly values: Values
  /** The objects that it takes as there already, beside the pool's Secret. */
  readonly objects?: readonly object[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A preset's file. */
export function presetFile(name: string): string {
  return `${root}values/${name}.yaml`
}

// The node was given the images of pods; there is no registry with TLS that it could ask for them.
const local = { image: { pullPolicy: 'IfNotPresent' } }
/** The Secret of the pool is there, in place of what the tests give else. */
export const pooled = { credentials: { token: '', privateKey: '' } }
const one = { ...pooled, replicaCount: 1 }
const request = { resources: { requests: { storage: '1Gi' } } }
const policy = 'package spacelift\n\ndeny["not on this worker"] { contains(input.stack.id, "forbidden") }\n'

/** What each preset that is installed for real needs, by its name. */
export const installed: Readonly<Record<string, (cluster: ProvidedCluster) => Setting>> = {
  minimal: () => ({ values: {} }),
  persistent: () => ({
    values: {
      ...one,
      storageVolumeClaimTemplateSpec: request,
      statefulSet: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } },
    },
  }),
  ephemeral: () => ({
    values: { ...one, storageVolume: { ephemeral: { volumeClaimTemplate: { spec: request } } } },
  }),
  // Of the legacy chart's own images none is there.
  legacy: () => ({ values: { launcher: local } }),
  'locked-down': ({ insecureRegistry }) => ({
    values: {
      ...pooled,
      launcher: local,
      dind: { ...local, resources: { requests: { cpu: '100m' } } },
      // The mothership's ports, and that of the registry, where the cluster's network does obey policies.
      networkPolicy: { egressPorts: [443, 1983, 1984, 1985, Number(insecureRegistry?.split(':')[1] ?? 443)] },
    },
    objects: [configMap('run-policy', { 'policy.rego': policy })],
  }),
  spot: () => ({ values: one }),
  // The Deployment part. KEDA's object, and that of the Prometheus Operator, no API server knows without their operators.
  'deployment-keda': () => ({ values: { ...one, keda: { enabled: false }, podMonitor: { enabled: false } } }),
}

/** Why the others are not installed, by their names. */
export const notInstalled: Readonly<Record<string, string>> = {
  'no-privilege': 'no node has Sysbox (RuntimeClass sysbox-runc)',
  'own-engine': 'no node has a Docker engine that listens by TLS',
  'gvisor-runs': 'no node has gVisor (/opt/gvisor/runsc)',
  'official-launcher':
    "the image of Spacelift's launcher cannot be pulled, and its program speaks to Spacelift's service only",
}

/** The Secret of a pool, as the presets name it, and what else a preset takes as there already. */
export async function prepare({ name, pool }: Workers, objects: readonly object[] = []): Promise<void> {
  const { token, privateKey } = pool
  await apply([secret('spacelift-worker-pool', { token, privateKey }), ...objects], '--namespace', name)
}
