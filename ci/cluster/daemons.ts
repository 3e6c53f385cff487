import { addresses, nodeName, type Layout } from './layout.ts'

/** One process of the node, in the order in which they are started. */
export interface Daemon {
  readonly name: string
  readonly command: readonly string[]
}

/** The executables that are ours. */
export interface Executables {
  readonly kubernetes: string
  readonly dns: string
}

const etcd = 'http://127.0.0.1:2379'
const etcdPeer = 'http://127.0.0.1:2380'

/** What is started before the API server answers, it included, and what after. */
export function daemonsOf(layout: Layout, { kubernetes, dns }: Executables): { before: Daemon[]; after: Daemon[] } {
  const component = (name: string, settings: Readonly<Record<string, string>>): Daemon => ({
    name,
    command: [kubernetes, name, ...flags(settings)],
  })
  return {
    before: [
      { name: 'containerd', command: ['containerd', '--config', layout.file('containerd.toml')] },
      { name: 'registry', command: ['docker-registry', 'serve', layout.file('registry.yaml')] },
      { name: 'etcd', command: ['etcd', ...flags(etcdSettings(layout))] },
      component('kube-apiserver', apiSettings(layout)),
    ],
    after: [
      component('kube-controller-manager', managerSettings(layout)),
      component('kube-scheduler', { ...asAdministrator(layout), 'leader-elect': 'false' }),
      component('kubelet', kubeletSettings(layout)),
      component('kube-proxy', proxySettings(layout)),
      { name: 'dns', command: [dns, '-conf', layout.file('Corefile')] },
    ],
  }
}

function flags(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
}

function asAdministrator(layout: Layout): Record<string, string> {
  const { kubeconfig } = layout
  return { kubeconfig, 'authentication-kubeconfig': kubeconfig, 'authorization-kubeconfig': kubeconfig }
}

function etcdSettings(layout: Layout): Record<string, string> {
  return {
    name: nodeName,
    'data-dir': layout.file('etcd'),
    'listen-client-urls': etcd,
    'advertise-client-urls': etcd,
    'listen-peer-urls': etcdPeer,
    'initial-advertise-peer-urls': etcdPeer,
    'initial-cluster': `${nodeName}=${etcdPeer}`,
    // Nothing of it is to survive the machine.
    'unsafe-no-fsync': 'true',
  }
}

function apiSettings(layout: Layout): Record<string, string> {
  return {
    'etcd-servers': etcd,
    'advertise-address': addresses.node,
    'secure-port': String(addresses.apiPort),
    'tls-cert-file': layout.certificate('api'),
    'tls-private-key-file': layout.key('api'),
    'client-ca-file': layout.certificate('authority'),
    'kubelet-client-certificate': layout.certificate('admin'),
    'kubelet-client-key': layout.key('admin'),
    'kubelet-certificate-authority': layout.certificate('authority'),
    'kubelet-preferred-address-types': 'InternalIP',
    'service-account-key-file': layout.key('service-accounts'),
    'service-account-signing-key-file': layout.key('service-accounts'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-cluster-ip-range': addresses.serviceNetwork,
    'authorization-mode': 'Node,RBAC',
    // dind is privileged.
    'allow-privileged': 'true',
    'anonymous-auth': 'false',
  }
}

function managerSettings(layout: Layout): Record<string, string> {
  return {
    ...asAdministrator(layout),
    'leader-elect': 'false',
    'root-ca-file': layout.certificate('authority'),
    'service-account-private-key-file': layout.key('service-accounts'),
    'allocate-node-cidrs': 'false',
  }
}

function kubeletSettings(layout: Layout): Record<string, string> {
  return {
    kubeconfig: layout.kubeconfig,
    config: layout.file('kubelet.yaml'),
    'root-dir': layout.file('kubelet'),
    'cert-dir': layout.file('kubelet/keys'),
    'tls-cert-file': layout.certificate('kubelet'),
    'tls-private-key-file': layout.key('kubelet'),
    'hostname-override': nodeName,
    'node-ip': addresses.node,
  }
}

function proxySettings(layout: Layout): Record<string, string> {
  return {
    kubeconfig: layout.kubeconfig,
    'hostname-override': nodeName,
    'cluster-cidr': addresses.podNetwork,
    'proxy-mode': 'iptables',
    'nodeport-addresses': 'primary',
    'oom-score-adj': '0',
    // A network namespace may not change these for itself.
    'conntrack-max-per-core': '0',
    'conntrack-tcp-timeout-established': '0s',
    'conntrack-tcp-timeout-close-wait': '0s',
  }
}
