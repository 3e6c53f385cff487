import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DockerEngine } from '../../launcher/src/engine/docker-engine.ts'
import { until } from '../fakes/until.ts'

export interface OwnDaemonOptions {
  /** Beside those that keep it apart from other daemons of the machine. */
  readonly words?: readonly string[]
  /** Of the daemon and its containers together. */
  readonly memoryBytes?: number
}

/** A real dockerd of one test: without networks, so that it touches nothing of the machine's. Needs root. */
export class OwnDaemon implements AsyncDisposable {
  readonly directory: string
  readonly pid: number
  readonly #ended: Promise<unknown>
  readonly #group: string | null

  private constructor(directory: string, started: { pid: number; ended: Promise<unknown>; group: string | null }) {
    this.directory = directory
    this.pid = started.pid
    this.#ended = started.ended
    this.#group = started.group
  }

  get socket(): string {
    return join(this.directory, 'docker.sock')
  }

  static async start({ words = [], memoryBytes }: OwnDaemonOptions = {}): Promise<OwnDaemon> {
    const directory = await mkdtemp(join(tmpdir(), 'own-'))
    const group = memoryBytes === undefined ? null : await limitedGroup(directory.slice(-6), memoryBytes)
    const parent = group ? [`--cgroup-parent=/${group.name}`] : []
    const log = openSync(join(directory, 'log'), 'w')
    const command = ['dockerd', ...apart(directory), ...parent, ...words]
    const enter = group ? `echo $$ > ${group.processes} && ` : ''
    const child = spawn('sh', ['-c', `${enter}exec "$0" "$@"`, ...command], { stdio: ['ignore', log, log] })
    closeSync(log)
    const ended = once(child, 'exit')
    const daemon = new OwnDaemon(directory, { pid: child.pid ?? 0, ended, group: group?.path ?? null })
    try {
      await until('the daemon', () => daemon.answers())
    } catch (error) {
      const said = await readFile(join(directory, 'log'), 'utf8')
      await daemon[Symbol.asyncDispose]()
      throw new Error(said.slice(-2000), { cause: error })
    }
    return daemon
  }

  /** Whether it answers now. */
  async answers(): Promise<boolean> {
    const engine = new DockerEngine(`unix://${this.socket}`)
    return await engine.info(AbortSignal.timeout(2_000)).then(
      () => true,
      () => false,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      process.kill(this.pid, 'SIGTERM')
    } catch {
      // It has ended by itself.
    }
    await this.#ended
    await rm(this.directory, { recursive: true, force: true })
    for (const part of this.#group ? [join(this.#group, 'daemon'), this.#group] : []) await removeGroup(part)
  }
}

function apart(directory: string): string[] {
  return [
    `--host=unix://${join(directory, 'docker.sock')}`,
    `--data-root=${join(directory, 'data')}`,
    `--exec-root=${join(directory, 'run')}`,
    `--pidfile=${join(directory, 'pid')}`,
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
    '--shutdown-timeout=2',
    '--exec-opt=native.cgroupdriver=cgroupfs',
  ]
}

/** A control group of either version, and the file by which a process enters it. */
async function limitedGroup(name: string, bytes: number): Promise<{ name: string; path: string; processes: string }> {
  const group = `own-daemon-${name}`
  if (existsSync('/sys/fs/cgroup/memory')) {
    const path = `/sys/fs/cgroup/memory/${group}`
    await mkdir(path)
    await writeFile(`${path}/memory.use_hierarchy`, '1').catch(() => {})
    await writeFile(`${path}/memory.limit_in_bytes`, String(bytes))
    return { name: group, path, processes: `${path}/cgroup.procs` }
  }
  const path = `/sys/fs/cgroup/${group}`
  await mkdir(path)
  await writeFile('/sys/fs/cgroup/cgroup.subtree_control', '+memory +pids')
  await writeFile(`${path}/memory.max`, String(bytes))
  // A group with processes of its own has no groups below it there.
  await mkdir(`${path}/daemon`)
  await writeFile(`${path}/cgroup.subtree_control`, '+memory +pids').catch(() => {})
  return { name: group, path, processes: `${path}/daemon/cgroup.procs` }
}

/** The kernel gives a group up a moment after its last process. */
async function removeGroup(path: string): Promise<void> {
  for (let tries = 0; tries < 50 && existsSync(path); tries++) {
    const gone = await rmdir(path).then(
      () => true,
      () => false,
    )
    if (!gone) await sleep(100)
  }
}

/** Copies an image from one daemon to another. */
export async function copyImage(image: string, from: string, to: string): Promise<void> {
  const script = 'docker -H "unix://$1" save "$2" | docker -H "unix://$3" load'
  const child = spawn('sh', ['-c', script, 'sh', from, image, to], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = (await once(child, 'exit')) as [number]
  if (code !== 0) throw new Error(`cannot copy ${image}`)
}
