import { existsSync } from 'node:fs'
import { installPackages, isDebianFamily, type AptOptions } from '../../quickstart/machine/apt.ts'
import { findProgram } from '../../quickstart/machine/find-program.ts'

/** What comes from Debian, by a program of each package. */
const packages: Readonly<Record<string, string>> = {
  etcd: 'etcd-server',
  containerd: 'containerd',
  runc: 'runc',
  'docker-registry': 'docker-registry',
  iptables: 'iptables',
  ip: 'iproute2',
  conntrack: 'conntrack',
  socat: 'socat',
  tini: 'tini',
  openssl: 'openssl',
}

const networkPlugin = '/usr/lib/cni/bridge'

/** Installs what of the cluster's parts is not there. Rejects where that is not Debian's business. */
export async function insistOnPackages(options: AptOptions): Promise<void> {
  const missing = Object.keys(packages).flatMap((program) =>
    findProgram(program) ? [] : [packages[program] ?? program],
  )
  if (!existsSync(networkPlugin)) missing.push('containernetworking-plugins')
  if (missing.length === 0) return
  if (!isDebianFamily()) throw new Error(`a cluster needs ${missing.join(', ')}, and can install them on Debian only`)
  await installPackages(missing, options)
}
