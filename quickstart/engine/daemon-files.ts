import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { QuickstartError } from '../failure.ts'
import type { BridgeNetwork } from './address.ts'

/** Where a private engine keeps everything. */
export interface DaemonFiles {
  readonly directory: string
  readonly socket: string
  readonly containerdSocket: string
  readonly daemonConfig: string
  readonly containerdConfig: string
  readonly daemonLog: string
  readonly containerdLog: string
  readonly lock: string
  /** Name of the bridge: at most 15 characters, as Linux wants it, and another one for each directory. */
  readonly bridge: string
  /** A number that follows from the directory. */
  readonly seed: number
}

/** A unix socket's path has 107 bytes (unix(7)), and dockerd puts sockets up to 36 bytes below the directory. */
const maxDirectoryBytes = 70

/** The files of the private engine of a directory. Throws `engine-failed` if the path is too long for sockets below it. */
export function daemonFiles(directory: string): DaemonFiles {
  if (Buffer.byteLength(directory) > maxDirectoryBytes) {
    throw new QuickstartError(
      'engine-failed',
      `The engine's directory ${directory} is longer than ${maxDirectoryBytes} bytes, too long for the sockets below it: set XDG_STATE_HOME to a shorter one.`,
    )
  }
  const hash = createHash('sha256').update(directory).digest()
  return {
    directory,
    socket: join(directory, 'docker.sock'),
    containerdSocket: join(directory, 'run/containerd.sock'),
    daemonConfig: join(directory, 'daemon.json'),
    containerdConfig: join(directory, 'containerd.toml'),
    daemonLog: join(directory, 'dockerd.log'),
    containerdLog: join(directory, 'containerd.log'),
    lock: join(directory, 'lock'),
    bridge: `swk${hash.toString('hex').slice(0, 8)}`,
    seed: hash.readUInt8(4),
  }
}

/** Writes both daemons' configurations. `mtu` is that of the way out, or null for Docker's default. */
export async function writeDaemonFiles(files: DaemonFiles, network: BridgeNetwork, mtu: number | null): Promise<void> {
  await mkdir(join(files.directory, 'run'), { recursive: true, mode: 0o711 })
  await writeFile(files.daemonConfig, `${JSON.stringify(daemonConfig(files, network, mtu), null, 2)}\n`)
  await writeFile(files.containerdConfig, containerdConfig(files))
}

function daemonConfig(files: DaemonFiles, network: BridgeNetwork, mtu: number | null): object {
  return {
    hosts: [`unix://${files.socket}`],
    'data-root': join(files.directory, 'data'),
    'exec-root': join(files.directory, 'run/docker'),
    pidfile: join(files.directory, 'docker.pid'),
    // A containerd of its own: the machine's is shared with another dockerd, under the same namespace.
    containerd: files.containerdSocket,
    bridge: network.name,
    ...(mtu && { mtu }),
    // See `setUpBridge`.
    iptables: false,
    ip6tables: false,
    'ip-masq': false,
    'shutdown-timeout': 5,
    'log-level': 'warn',
  }
}

function containerdConfig(files: DaemonFiles): string {
  return `version = 2
root = "${files.directory}/containerd"
state = "${files.directory}/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "${files.containerdSocket}"
[ttrpc]
address = "${files.containerdSocket}.ttrpc"
[debug]
level = "warn"
`
}
