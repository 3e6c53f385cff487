import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cacheDirectory } from '../../ci/tools/cache.ts'
import { daemonFiles, writeDaemonFiles, type DaemonFiles } from '../../quickstart/engine/daemon-files.ts'
import { startDaemon, type DaemonProcess } from '../../quickstart/engine/daemon-process.ts'
import { engineVersion } from '../../quickstart/engine/engine-version.ts'
import { clearEngine } from '../../quickstart/engine/leftovers.ts'
import { makeRunnerImage } from '../../quickstart/runner-image/runner-image.ts'

const say = () => undefined
const bridge = { name: 'none', address: '', network: '' }

/** A Docker engine of a test's own, whose daemon is killed and started again. Its containers have no network. */
export class MortalEngine implements AsyncDisposable {
  readonly #files: DaemonFiles
  #daemon: DaemonProcess | null = null
  #image = ''

  private constructor(files: DaemonFiles) {
    this.#files = files
  }

  /** `liveRestore`: whether containers outlive the daemon. */
  static async start(liveRestore: boolean): Promise<MortalEngine> {
    const files = daemonFiles(await mkdtemp('/tmp/mortal-'))
    const engine = new MortalEngine(files)
    await writeDaemonFiles(files, bridge as never, null)
    const config = JSON.parse(await readFile(files.daemonConfig, 'utf8')) as object
    await writeFile(files.daemonConfig, JSON.stringify({ ...config, 'live-restore': liveRestore }))
    const configured = ['--config', files.containerdConfig]
    await startDaemon({ program: 'containerd', arguments: configured, log: files.containerdLog, env: process.env })
    await engine.revive()
    const signal = AbortSignal.timeout(60_000)
    const cache = cacheDirectory(process.env, homedir())
    engine.#image = await makeRunnerImage({ socket: files.socket, cache, env: process.env, say, signal })
    return engine
  }

  get socket(): string {
    return this.#files.socket
  }

  get image(): string {
    return this.#image
  }

  /** The settings of a launcher that uses it. */
  get env(): Record<string, string> {
    return {
      DOCKER_HOST: `unix://${this.socket}`,
      SPACELIFT_DEFAULT_RUNNER_IMAGE: this.#image,
      SPACELIFT_WORKER_NETWORK: 'none',
    }
  }

  /** Sends the daemon a signal. */
  signal(name: NodeJS.Signals): void {
    process.kill(this.#daemon?.pid ?? 0, name)
  }

  /** Kills the daemon alone, as a crash would. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#daemon?.ended
  }

  /** Starts the daemon, and resolves when it answers. */
  async revive(): Promise<void> {
    this.#daemon = await startDaemon({
      program: 'dockerd',
      arguments: ['--config-file', this.#files.daemonConfig],
      log: this.#files.daemonLog,
      env: process.env,
    })
    const signal = AbortSignal.timeout(60_000)
    while (!(await engineVersion(this.socket, signal).catch(() => null))) await sleep(20, undefined, { signal })
  }

  /** Cuts off the last bytes of every container's copy of its output, as a daemon that dies in the middle of a write does. */
  async tearCopies(): Promise<void> {
    const containers = join(this.#files.directory, 'data/containers')
    for (const id of await readdir(containers)) {
      const file = join(containers, id, 'local-logs/container.log')
      await truncate(file, (await stat(file)).size - 5)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await clearEngine(this.#files, AbortSignal.timeout(60_000))
    await rm(this.#files.directory, { recursive: true, force: true })
  }
}
