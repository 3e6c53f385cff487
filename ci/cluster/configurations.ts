import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { addresses, nodeName, pauseImage, type Layout } from './layout.ts'

/** Where each file of `files/` goes. */
const places = {
  'containerd.toml': 'containerd.toml',
  'kubelet.yaml': 'kubelet.yaml',
  'network.conflist': 'cni/10-pods.conflist',
  Corefile: 'Corefile',
  'registry.yaml': 'registry.yaml',
  'objects.yaml': 'objects.yaml',
} as const

/** Writes the configuration of every part. `runc`: what containerd calls to make containers. */
export async function writeConfigurations(layout: Layout, runc: string): Promise<void> {
  const words: Readonly<Record<string, string>> = {
    DIRECTORY: layout.directory,
    NAME: nodeName,
    PAUSE: pauseImage,
    RUNC: runc,
    NODE_ADDRESS: addresses.node,
    DNS_ADDRESS: addresses.dns,
    POD_NETWORK: addresses.podNetwork,
    REGISTRY_PORT: String(addresses.registryPort),
  }
  for (const folder of ['cni', 'logs/pods', 'keys', 'kubelet', 'registry']) {
    await mkdir(layout.file(folder), { recursive: true })
  }
  for (const [name, place] of Object.entries(places)) {
    const text = await readFile(fileURLToPath(new URL(`files/${name}`, import.meta.url)), 'utf8')
    await writeFile(
      layout.file(place),
      text.replaceAll(/@([A-Z_]+)@/g, (word, key: string) => words[key] ?? word),
    )
  }
  await writeFile(layout.file('resolv.conf'), `nameserver ${addresses.node}\n`)
  await writeFile(layout.kubeconfig, JSON.stringify(kubeconfig(layout)), { mode: 0o600 })
}

function kubeconfig(layout: Layout): object {
  const cluster = {
    server: `https://${addresses.node}:${addresses.apiPort}`,
    'certificate-authority': layout.certificate('authority'),
  }
  const user = { 'client-certificate': layout.certificate('admin'), 'client-key': layout.key('admin') }
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': nodeName,
    clusters: [{ name: nodeName, cluster }],
    users: [{ name: nodeName, user }],
    contexts: [{ name: nodeName, context: { cluster: nodeName, user: nodeName } }],
  }
}
