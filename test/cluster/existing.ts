import type { Brought } from './setup.ts'

/** What says how a cluster that is there already is used. */
const names = {
  kubeconfig: 'KUBECONFIG',
  launcher: 'SPACELIFT_TEST_LAUNCHER_IMAGE',
  mothership: 'SPACELIFT_TEST_MOTHERSHIP_IMAGE',
  dind: 'SPACELIFT_TEST_DIND_IMAGE',
  small: 'SPACELIFT_TEST_SMALL_IMAGE',
  runner: 'SPACELIFT_TEST_RUNNER_IMAGE',
  node: 'SPACELIFT_TEST_NODE_ADDRESS',
} as const

/**
 * The cluster of KUBECONFIG. Its images must be where it can pull them: the first three as in `ci/images` and Docker's own, a small one with
 * a shell, and one for runs with OpenTofu; ports of the node must be reached from here at its address.
 */
export function existingCluster(env: Readonly<Record<string, string | undefined>>): Brought {
  const missing = Object.values(names).filter((name) => !env[name])
  if (missing.length > 0) throw new Error(`SPACELIFT_TEST_CLUSTER=existing needs ${missing.join(', ')}`)
  const value = (name: keyof typeof names) => env[names[name]] ?? ''
  const images = { launcher: value('launcher'), dind: value('dind'), small: value('small'), runner: value('runner') }
  const insecureRegistry = env['SPACELIFT_TEST_INSECURE_REGISTRY'] ?? null
  return {
    cluster: {
      kubeconfig: value('kubeconfig'),
      kubectl: ['kubectl'],
      images,
      mothership: value('mothership'),
      insecureRegistry,
    },
    node: value('node'),
    end: () => Promise.resolve(),
  }
}
