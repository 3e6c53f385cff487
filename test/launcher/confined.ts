import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inject, onTestFailed } from 'vitest'
import type { World } from '../support/world.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const uid = 1983
/** A launcher that has a job in hand after a test is not waited for. */
const patienceMs = 5_000

/**
 * What a pod makes of a process: user and group 1983, no capabilities, no new ones, a root file system that cannot be written, and the
 * engine's socket of the same group. Arguments: the launcher's directory, the socket's directory, the project, Node.
 */
const confine = `
set -eu
mount -t tmpfs -o mode=0755 confined /run
mkdir /run/project /run/engine
mount --bind "$3" /run/project
mount --bind "$2" /run/engine
mount --bind "$1" "$1"
mount -o remount,bind,ro /
mount -o remount,ro /run
cd /
exec setpriv --reuid=${uid} --regid=${uid} --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs \\
  "/run/project/\${4#"$3"}" /run/project/launcher/bin.js
`

/** A launcher as a pod runs it, in a mount namespace of its own. */
export class ConfinedLauncher implements AsyncDisposable {
  readonly child: ChildProcess
  /** Resolves with the exit code when the process is gone; null if a signal ended it. */
  readonly ended: Promise<number | null>
  #written = ''

  private constructor(child: ChildProcess) {
    this.child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#written += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#written += text))
    this.ended = once(child, 'close').then(([code]) => code as number | null)
    onTestFailed(() => void process.stdout.write(`==== confined launcher\n${this.#written}`))
  }

  /** Starts one of a world's pool in a directory of this name, and waits until it is ready. */
  static async start(world: World, name: string, env: Readonly<Record<string, string>> = {}) {
    const directory = await ownDirectory(world, name)
    const { socket } = inject('engine')
    // What `dockerd --group 1983` does.
    await chown(socket, 0, uid)
    const words = [directory, dirname(socket), root, process.execPath]
    const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', confine, 'confine', ...words], {
      env: {
        PATH: process.env['PATH'],
        ...world.launcherEnv(name),
        DOCKER_HOST: 'unix:///run/engine/docker.sock',
        ...env,
      },
    })
    const launcher = new ConfinedLauncher(child)
    await launcher.says('launcher ready')
    return launcher
  }

  get written(): string {
    return this.#written
  }

  /** Waits until it wrote a text. Its end before that is an error with all that it wrote. */
  async says(text: string): Promise<void> {
    for (let over = false; !this.#written.includes(text); ) {
      if (over) throw new Error(`it ended without saying ${text}: ${this.#written}`)
      const streams = [this.child.stdout, this.child.stderr].flatMap((one) => (one ? [once(one, 'data')] : []))
      over = await Promise.race([this.ended.then(() => true), ...streams.map((one) => one.then(() => false))])
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }

  /** With a goodbye, so that no later run is given to a worker that is not there any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGTERM')
    const waited = new AbortController()
    const patience = sleep(patienceMs, undefined, { signal: waited.signal }).catch(() => {})
    await Promise.race([this.ended, patience])
    waited.abort()
    await this.kill()
  }
}

/** The launcher's volume, with the tool in it that has no way to be fetched here. */
async function ownDirectory(world: World, name: string): Promise<string> {
  const directory = join(world.directory, name)
  const tool = join(directory, 'binaries/opentofu/1.12.6')
  await chmod(world.directory, 0o711)
  await mkdir(tool, { recursive: true })
  await copyFile(inject('tofu'), join(tool, 'tofu'))
  await promisify(execFile)('chown', ['-R', `${uid}:${uid}`, directory])
  return directory
}
