import { join } from 'node:path'

/** Addresses of the cluster. They are seen by its own network namespace and, by one link, by this machine. */
export const addresses = {
  /** This machine's end of the link to the node. */
  machine: '10.245.0.1',
  node: '10.245.0.2',
  podNetwork: '10.244.0.0/24',
  serviceNetwork: '10.96.0.0/16',
  apiService: '10.96.0.1',
  dns: '10.96.0.10',
  registryPort: 5000,
  apiPort: 6443,
} as const

/** What the node is called: its host name, the cgroup that holds its pods, and this machine's end of the link. */
export const nodeName = 'spacelift-node'

/** The image of the sandboxes of pods. */
export const pauseImage = 'localhost/pause:1'

/** Where a cluster keeps everything. */
export interface Layout {
  readonly directory: string
  readonly kubeconfig: string
  readonly containerd: string
  /** Who the first process of the node is. */
  readonly room: string
  /** What of this machine's settings is put back at the end. */
  readonly settings: string
  readonly lock: string
  key(name: string): string
  certificate(name: string): string
  log(name: string): string
  file(name: string): string
}

/** The layout below a directory. */
export function layoutOf(directory: string): Layout {
  const at = (...names: string[]) => join(directory, ...names)
  return {
    directory,
    kubeconfig: at('kubeconfig'),
    containerd: at('containerd.sock'),
    room: at('room.json'),
    settings: at('settings.json'),
    lock: `${directory}.lock`,
    key: (name) => at('keys', `${name}.key`),
    certificate: (name) => at('keys', `${name}.crt`),
    log: (name) => at('logs', `${name}.log`),
    file: at,
  }
}
