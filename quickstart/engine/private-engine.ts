import { mkdir, readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { patiently, type Say } from '../../ci/tools/patience.ts'
import { QuickstartError } from '../failure.ts'
import { insistOnSpace } from '../machine/space.ts'
import { endProcess } from '../processes/ending.ts'
import { isLock, takeLock, type Lock } from '../processes/lock.ts'
import { chooseNetwork, defaultInterface, type BridgeNetwork } from './address.ts'
import { setUpBridge } from './bridge.ts'
import { daemonFiles, writeDaemonFiles, type DaemonFiles } from './daemon-files.ts'
import { lastComplaint, startDaemon, type DaemonProcess } from './daemon-process.ts'
import { engineVersion, insistOnVersion } from './engine-version.ts'
import { clearEngine } from './leftovers.ts'

/** A Docker daemon that is ours alone. */
export interface PrivateEngine {
  readonly socket: string
  readonly pid: number
  /** Ends it with everything that belongs to it. Images stay in its directory. */
  stop(): Promise<void>
}

/** How a private engine is started. `env` is what the daemons get, such as HTTPS_PROXY. */
export interface PrivateEngineOptions {
  /** Holds everything of it: data root, sockets, configurations, logs. */
  readonly directory: string
  readonly signal: AbortSignal
  readonly log: Say
  readonly env?: Readonly<Record<string, string | undefined>>
}

const readyMs = 60_000
const leastFreeMegabytes = 500

/**
 * Starts dockerd on a socket, data root, containerd and bridge of its own, beside whatever other daemon there is, and
 * answers when it answers. Clears first what a killed one left in the directory. Containers reach this machine as `host-gateway`.
 * Rejects with `not-root`, `disk-full`, `already-running`, `engine-too-old` or `engine-failed`.
 */
export async function startPrivateEngine(options: PrivateEngineOptions): Promise<PrivateEngine> {
  const { directory, signal } = options
  if (userInfo().uid !== 0)
    throw new QuickstartError('not-root', 'A private Docker engine needs root: run this as root.')
  await mkdir(directory, { recursive: true, mode: 0o711 })
  await insistOnSpace(directory, leastFreeMegabytes)
  const files = daemonFiles(directory)
  const lock = await takeLock(files.lock)
  if (!isLock(lock)) {
    throw new QuickstartError('already-running', `The engine in ${directory} is in use by process ${lock.pid}.`)
  }
  // Clearing must go through to its end, whoever asks to stop meanwhile.
  const clear = () => clearEngine(files, AbortSignal.timeout(readyMs))
  try {
    await clear()
    const pid = await startBoth(files, options)
    insistOnVersion(await engineVersion(files.socket, signal))
    return { socket: files.socket, pid, stop: () => stop(pid, clear, lock) }
  } catch (error) {
    await clear()
    await lock.release()
    throw error
  }
}

async function stop(pid: number, clear: () => Promise<void>, lock: Lock): Promise<void> {
  await endProcess(pid, readyMs)
  await clear()
  await lock.release()
}

async function startBoth(files: DaemonFiles, { signal, log, env = {} }: PrivateEngineOptions): Promise<number> {
  const { network, mtu } = await freeNetwork(files)
  await writeDaemonFiles(files, network, mtu)
  await setUpBridge(network, signal)
  const configured = (file: string) => ['--config', file]
  await startDaemon({
    program: 'containerd',
    arguments: configured(files.containerdConfig),
    log: files.containerdLog,
    env,
  })
  const daemonArguments = ['--config-file', files.daemonConfig]
  const daemon = await startDaemon({ program: 'dockerd', arguments: daemonArguments, log: files.daemonLog, env })
  await patiently(log, 'Starting a private Docker engine', () => ready(files, daemon, signal))
  return daemon.pid
}

async function ready(files: DaemonFiles, daemon: DaemonProcess, signal: AbortSignal): Promise<void> {
  let ended = false
  void daemon.ended.then(() => (ended = true))
  const until = performance.now() + readyMs
  while (!(await answers(files.socket, signal))) {
    if (!ended && performance.now() < until) {
      await sleep(50, undefined, { signal })
      continue
    }
    const what = ended ? 'ended at once' : `did not answer within ${readyMs / 1000} s`
    const complaint = await lastComplaint(files.daemonLog)
    const logs = [files.daemonLog, files.containerdLog]
    throw new QuickstartError('engine-failed', `The private Docker engine ${what}: ${complaint}`, { logs })
  }
}

async function answers(socket: string, signal: AbortSignal): Promise<boolean> {
  try {
    await engineVersion(socket, AbortSignal.any([signal, AbortSignal.timeout(5_000)]))
    return true
  } catch {
    signal.throwIfAborted()
    return false
  }
}

async function freeNetwork(files: DaemonFiles): Promise<{ network: BridgeNetwork; mtu: number | null }> {
  const routes = await readFile('/proc/net/route', 'utf8')
  const network = chooseNetwork(files.seed, files.bridge, routes)
  if (!network) throw new QuickstartError('engine-failed', 'There is no free network for containers in 172.30.0.0/16.')
  const way = defaultInterface(routes)
  const mtu = way && Number(await readFile(`/sys/class/net/${way}/mtu`, 'utf8').catch(() => 0))
  return { network, mtu: mtu || null }
}
