import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { render, type Manifest } from './helm.ts'

/*
 * Values files that people wrote for the legacy chart, and what they meant by them. Its defaults were written out by many, since one begins with a
 * copy of them.
 */

/** The legacy chart's defaults, as its users have them in files of their own. */
const copied = {
  replicasEnabled: true,
  replicaCount: 1,
  terminationGracePeriodSeconds: 30,
  credentials: { create: true, token: 'dG9rZW4=', privateKey: 'a2V5' },
  imagePullSecrets: [],
  nameOverride: '',
  fullnameOverride: '',
  serviceAccount: { create: true, annotations: {}, name: '' },
  annotations: {},
  extraLabels: {},
  podAnnotations: {},
  extraPodLabels: {},
  podSecurityContext: {},
  launcher: {
    image: { repository: 'public.ecr.aws/spacelift/launcher', pullPolicy: 'Always', tag: 'latest' },
    resources: {},
    securityContext: {},
    extraEnv: [],
    envFrom: [],
    extraVolumeMounts: [],
  },
  dind: {
    image: { repository: 'docker', pullPolicy: 'IfNotPresent', tag: '23.0.6-dind' },
    resources: {},
    extraEnv: [],
    envFrom: [],
    extraVolumeMounts: [],
  },
  additionalContainers: [],
  nodeSelector: {},
  tolerations: [],
  affinity: {},
  topologySpreadConstraints: [],
  volumes: [],
  storageVolume: {},
  storageVolumeClaimTemplateSpec: {},
  useStatefulSet: false,
}

interface Container {
  readonly name: string
  readonly image: string
  readonly imagePullPolicy?: string
  readonly env: { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[]
  readonly envFrom?: unknown
  readonly resources?: unknown
  readonly securityContext?: unknown
  readonly volumeMounts: { readonly name: string; readonly mountPath: string; readonly subPath?: string }[]
}

interface Pod {
  readonly containers: Container[]
  readonly initContainers: Container[]
  readonly volumes: { readonly name: string }[]
  readonly [key: string]: unknown
}

async function world(values: object, version: 'helm3' | 'helm4' = 'helm3') {
  const folder = mkdtempSync(join(tmpdir(), 'legacy-'))
  try {
    const file = join(folder, 'values.yaml')
    writeFileSync(file, stringify(values))
    const manifests = await render(version, ['--values', file])
    const workload = manifests.find((one) => ['StatefulSet', 'Deployment'].includes(one.kind)) as Manifest & {
      spec: { replicas?: number; template: { metadata: Manifest['metadata']; spec: Pod } }
    }
    const pod = workload.spec.template.spec
    const all = [...pod.initContainers, ...pod.containers]
    const container = (name: string) => {
      const found = all.find((one) => one.name === name)
      if (!found) throw new Error(`no container ${name}`)
      return found
    }
    return { manifests, workload, pod, all, launcher: container('launcher'), dind: container('dind') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const launcherWith = (more: object) => ({ ...copied, launcher: { ...copied.launcher, ...more } })
const dindWith = (more: object) => ({ ...copied, dind: { ...copied.dind, ...more } })

describe.each(['helm3', 'helm4'] as const)('a copy of the legacy defaults, with %s', (version) => {
  it('makes what it made: Deployment, Secret and account of the same names', async () => {
    const { manifests, workload } = await world(copied, version)
    expect(workload).toMatchObject({ kind: 'Deployment', spec: { replicas: 1 } })
    const names = manifests.filter((one) => one.kind !== 'ConfigMap').map((one) => `${one.kind} ${one.metadata.name}`)
    expect(names).toEqual(['Deployment', 'Secret', 'ServiceAccount'].map((kind) => `${kind} pool-spacelift-worker`))
  })

  it('starts the images that it names, under the time that it gives', async () => {
    const { pod, launcher, dind } = await world(copied, version)
    expect(launcher).toMatchObject({ image: 'public.ecr.aws/spacelift/launcher:latest', imagePullPolicy: 'Always' })
    expect(dind).toMatchObject({ image: 'docker:23.0.6-dind', imagePullPolicy: 'IfNotPresent' })
    expect(pod['terminationGracePeriodSeconds']).toBe(30)
  })

  it('gives the launcher its variables in the same order', async () => {
    const { launcher } = await world(copied, version)
    expect(launcher.env.map((one) => one.name).slice(0, 5)).toEqual([
      'DOCKER_HOST',
      'SPACELIFT_TOKEN',
      'SPACELIFT_POOL_PRIVATE_KEY',
      'SPACELIFT_METADATA_instance_id',
      'SPACELIFT_METADATA_k8s_namespace',
    ])
    expect(launcher.env[1]).toMatchObject({
      valueFrom: { secretKeyRef: { name: 'pool-spacelift-worker', key: 'token' } },
    })
  })

  it('has one volume with the same parts, one of them under one path in both containers', async () => {
    const { pod, launcher, dind } = await world(copied, version)
    const parts = (one: Container) =>
      one.volumeMounts
        .filter((mount) => mount.name === 'launcher-storage')
        .map(({ mountPath, subPath }) => `${mountPath} ${subPath}`)
        .sort()
    expect(parts(dind)).toEqual(['/opt/spacelift spacelift', '/var/lib/docker docker'])
    expect(parts(launcher)).toEqual(['/opt/spacelift spacelift'])
    expect(pod.volumes).toContainEqual({ name: 'launcher-storage', emptyDir: {} })
  })
})

/** What people set, and what must come of it. */
const cases: readonly [string, object, (it: Awaited<ReturnType<typeof world>>) => void][] = [
  [
    'credentials of their own, as variables',
    {
      credentials: { create: false },
      launcher: {
        extraEnv: [
          { name: 'SPACELIFT_TOKEN', value: 'my-token' },
          { name: 'SPACELIFT_POOL_PRIVATE_KEY', valueFrom: { secretKeyRef: { name: 's', key: 'privateKey' } } },
        ],
      },
    },
    ({ manifests, launcher }) => {
      expect(manifests.some((one) => one.kind === 'Secret')).toBe(false)
      expect(launcher.env.filter((one) => /TOKEN|PRIVATE_KEY/.test(one.name)).map((one) => one.name)).toEqual([
        'SPACELIFT_TOKEN',
        'SPACELIFT_POOL_PRIVATE_KEY',
      ])
    },
  ],
  [
    'options of the launcher as variables, one of them built from a variable of the chart',
    launcherWith({
      extraEnv: [
        { name: 'SPACELIFT_LAUNCHER_RUN_TIMEOUT', value: '120m' },
        { name: 'SPACELIFT_METADATA_pod', value: 'pod-$(SPACELIFT_METADATA_instance_id)' },
        { name: 'DOCKER_HOST', value: 'tcp://localhost:2375' },
      ],
    }),
    ({ launcher }) => {
      const names = launcher.env.map((one) => one.name)
      expect(names.indexOf('SPACELIFT_METADATA_pod')).toBeGreaterThan(names.indexOf('SPACELIFT_METADATA_instance_id'))
      expect(launcher.env.find((one) => one.name === 'SPACELIFT_LAUNCHER_RUN_TIMEOUT')?.value).toBe('120m')
      expect(launcher.env.find((one) => one.name === 'DOCKER_HOST')?.value).toBe('tcp://localhost:2375')
    },
  ],
  [
    'a config.json mounted from a Secret',
    {
      launcher: {
        extraVolumeMounts: [{ name: 'secret-volume', mountPath: '/opt/docker/config.json', subPath: 'config.json' }],
      },
      volumes: [{ name: 'secret-volume', secret: { secretName: 'very-secret' } }],
    },
    ({ pod, launcher }) => {
      expect(pod.volumes).toContainEqual({ name: 'secret-volume', secret: { secretName: 'very-secret' } })
      expect(launcher.volumeMounts.some((mount) => mount.mountPath === '/opt/docker/config.json')).toBe(true)
    },
  ],
  [
    'a volume of each pod of a StatefulSet',
    {
      useStatefulSet: true,
      storageVolumeClaimTemplateSpec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gp2' },
    },
    ({ workload, pod }) => {
      expect(workload.kind).toBe('StatefulSet')
      expect(workload['spec']).toMatchObject({
        serviceName: 'pool-spacelift-worker',
        volumeClaimTemplates: [
          { metadata: { name: 'launcher-storage' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gp2' } },
        ],
      })
      expect(pod.volumes.some((volume) => volume.name === 'launcher-storage')).toBe(false)
    },
  ],
  [
    'a volume that comes and goes with its pod',
    { storageVolume: { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'] } } } } },
    ({ pod }) =>
      expect(pod.volumes).toContainEqual({
        name: 'launcher-storage',
        ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'] } } },
      }),
  ],
  [
    'a number of workers that an autoscaler keeps',
    { ...copied, replicasEnabled: false },
    ({ workload }) => expect(workload.spec.replicas).toBeUndefined(),
  ],
  [
    'the old iptables',
    dindWith({ extraEnv: [{ name: 'DOCKER_IPTABLES_LEGACY', value: '1' }] }),
    ({ dind }) => expect(dind.env).toContainEqual({ name: 'DOCKER_IPTABLES_LEGACY', value: '1' }),
  ],
  [
    'a launcher that is root',
    { launcher: { securityContext: { runAsUser: 0 } } },
    ({ launcher }) => expect(launcher.securityContext).not.toHaveProperty('runAsNonRoot'),
  ],
  [
    'a small limit',
    { launcher: { resources: { limits: { memory: '64Mi' } } } },
    ({ launcher }) => expect(launcher.resources).toEqual({ limits: { memory: '64Mi' } }),
  ],
  [
    'images by digest',
    dindWith({ image: { repository: 'docker', digest: `sha256:${'0'.repeat(64)}` } }),
    ({ dind }) => expect(dind.image).toBe(`docker@sha256:${'0'.repeat(64)}`),
  ],
  [
    'empty keys, an anchor, a number as text',
    {
      'x-labels': { a: 'b' },
      replicaCount: '3',
      nodeSelector: null,
      tolerations: null,
      credentials: null,
      launcher: null,
    },
    ({ workload }) => expect(workload.spec.replicas).toBe(3),
  ],
]

it.each(cases)('takes %s', async (_, values, holds) => holds(await world(values)))

it.each(cases)('has nothing twice that a server-side apply refuses: %s', async (_, values) => {
  const { all, pod } = await world(values)
  const lists = all.flatMap((one) => [
    one.env.map(({ name }) => name),
    one.volumeMounts.map((mount) => mount.mountPath),
  ])
  for (const list of [...lists, pod.volumes.map((volume) => volume.name)]) expect(new Set(list).size).toBe(list.length)
})
