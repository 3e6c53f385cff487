import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { apply, configMap } from './apply.ts'
import { kubectl } from './kubernetes.ts'

/** What the world beyond the cluster is to be: a registry with a login, or one with TLS behind a proxy. */
export interface World {
  /** The registry without TLS that is behind it. */
  readonly registry: string
  /** `name:password`, without which nothing is given. */
  readonly account?: string
  /** Whom it says to be. */
  readonly identity?: { readonly privateKey: string; readonly certificate: string }
}

/** Its files, by where they are below `test/`, and so in its pod. */
const files = { 'main.ts': 'cluster/world/main.ts', 'connect-proxy.ts': 'fakes/connect-proxy.ts' }
const tests = new URL('../', import.meta.url)
const name = 'world'
const labels = { 'test.example/part': name }

/** Makes a pod in a namespace that plays the world, and waits until it listens; it is called `world.NAMESPACE.svc`, at 5000 or, a proxy, 3128. */
export async function startWorld(namespace: string, world: World): Promise<void> {
  const texts = await Promise.all(
    Object.entries(files).map(async ([key, path]) => [
      key,
      await readFile(fileURLToPath(new URL(path, tests)), 'utf8'),
    ]),
  )
  const { privateKey = '', certificate = '' } = world.identity ?? {}
  const identity = { 'tls.key': privateKey, 'tls.crt': certificate, account: world.account ?? '' }
  const port = world.identity ? 3128 : 5000
  const service = { selector: labels, ports: [{ port }] }
  await apply(
    [
      configMap(name, Object.fromEntries(texts) as Record<string, string>),
      { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: identity },
      { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: service },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: podOf(world, port) },
    ],
    '--namespace',
    namespace,
  )
  await kubectl('--namespace', namespace, 'wait', `pod/${name}`, '--for=condition=Ready', '--timeout=60s')
}

function podOf({ registry, identity }: World, port: number): object {
  const items = Object.entries(files).map(([key, path]) => ({ key, path }))
  const account = { secretKeyRef: { name, key: 'account' } }
  const env = [
    { name: 'REGISTRY', value: registry },
    { name: 'ACCOUNT', valueFrom: account },
    ...(identity ? [{ name: 'TLS', value: '/identity' }] : []),
  ]
  const container = {
    name,
    image: inject('cluster').images.launcher,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '/world/cluster/world/main.ts'],
    env,
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
    volumeMounts: [
      { name: 'files', mountPath: '/world' },
      { name: 'identity', mountPath: '/identity' },
    ],
  }
  const volumes = [
    { name: 'files', configMap: { name, items } },
    { name: 'identity', secret: { secretName: name } },
  ]
  return { containers: [container], volumes, terminationGracePeriodSeconds: 1, enableServiceLinks: false }
}

/** What was asked of the world, a line each: `STATUS METHOD PATH`. */
export async function askedOf(namespace: string): Promise<string> {
  return await kubectl('--namespace', namespace, 'logs', name)
}
