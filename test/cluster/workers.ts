import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject, onTestFailed } from 'vitest'
import type { People } from '../support/people.ts'
import { applyStack, startTask } from '../system/runs.ts'
import { makePool, people, type Pool } from './control.ts'
import { named } from './image-name.ts'
import { helm, is, kubectl, until, type Pod } from './kubernetes.ts'
import { merged, type Values } from './values.ts'

/** How workers are installed. */
export interface Installation {
  /** Of the release, its namespace and its pool. */
  readonly name: string
  readonly values?: Values
  readonly helm?: 3 | 4
  /** File of values that these go over. */
  readonly preset?: string
  /** What is done in the namespace before the chart comes. */
  readonly before?: (workers: Workers) => Promise<unknown>
}

const chart = fileURLToPath(new URL('../../chart', import.meta.url))

/** A release of the chart in a namespace and with a pool of its own. `await using` ends it with everything in it. */
export class Workers implements AsyncDisposable {
  readonly name: string
  readonly people: People
  readonly #helm: 3 | 4
  readonly #preset: readonly string[]
  #pool: Pool
  #values: Values

  private constructor(installation: Installation, parts: { people: People; pool: Pool }) {
    const { name, values = {}, helm: major = 4, preset } = installation
    this.name = name
    this.#preset = preset ? ['--values', preset] : []
    this.people = parts.people
    this.#pool = parts.pool
    this.#helm = major
    this.#values = values
  }

  /** Makes the pool, installs the chart, and waits until its workers can take runs. */
  static async install(installation: Installation): Promise<Workers> {
    // A mothership that is kept knows the pools of earlier runs.
    const pool = await makePool('create', `${installation.name} ${crypto.randomUUID().slice(0, 8)}`)
    const parts = { people: await people(), pool }
    const workers = new Workers(installation, parts)
    await kubectl('create', 'namespace', installation.name)
    try {
      await installation.before?.(workers)
      await workers.upgrade({})
      return workers
    } catch (error) {
      await workers.tell()
      await workers[Symbol.asyncDispose]()
      throw error
    }
  }

  /** What a launcher of this pool is given. */
  get pool(): Pool {
    return this.#pool
  }

  /** Gives the pool another certificate and key. Answers them; nothing in the cluster knows of them. */
  async resetPool(): Promise<Pool> {
    this.#pool = await makePool('reset', this.#pool.id)
    return this.#pool
  }

  /** Installs or upgrades with further values. */
  async upgrade(values: Values, ...words: readonly string[]): Promise<void> {
    this.#values = { ...this.#values, ...values }
    const directory = await mkdtemp(join(tmpdir(), 'values-'))
    try {
      const file = join(directory, 'values.json')
      await writeFile(file, JSON.stringify(merged(this.#defaults(), this.#values)))
      const all = ['upgrade', '--install', this.name, chart, '--namespace', this.name, ...this.#preset]
      await helm(this.#helm, ...all, '--values', file, ...(words.length > 0 ? words : ['--wait', '--timeout', '4m']))
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }

  /** kubectl in the release's namespace. */
  kubectl(...words: readonly string[]): Promise<string> {
    return kubectl('--namespace', this.name, ...words)
  }

  /** A command in a container of a pod. */
  exec(pod: string, container: string, ...command: readonly string[]): Promise<string> {
    return this.kubectl('exec', pod, '--container', container, '--', ...command)
  }

  /** The release's pods, by their names. */
  async pods(): Promise<Pod[]> {
    const words = ['get', 'pods', '--selector', `app.kubernetes.io/instance=${this.name}`, '--output', 'json']
    const { items } = JSON.parse(await this.kubectl(...words)) as { items: Pod[] }
    return items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  }

  /** A pod, or null if there is none of this name. */
  async pod(name: string): Promise<Pod | null> {
    return (await this.pods()).find(({ metadata }) => metadata.name === name) ?? null
  }

  /** Waits until this many pods are ready and no other is there. */
  async settled(count: number): Promise<Pod[]> {
    return await until(`${count} ready pods and no others`, async () => {
      const pods = await this.pods()
      const ready = pods.filter((pod) => is(pod, 'Ready') && !pod.metadata.deletionTimestamp)
      return ready.length === count && pods.length === count && pods
    })
  }

  /** Waits until one pod says that it is busy; answers its name. */
  async busyPod(): Promise<string> {
    const pod = await until('a busy pod', async () => (await this.pods()).find(busy))
    return pod.metadata.name
  }

  /** Makes a stack without a source, for the release's pool. `yaml` goes on after the name. */
  stack(name: string, yaml = 'tool: custom'): Promise<string> {
    return applyStack(
      this.people,
      `name: ${this.name} ${name} of ${this.#pool.id.slice(-8)}\npool: ${this.#pool.id}\n${yaml}`,
    )
  }

  /** Starts a task that says `begun`, waits to be let go, and says `done`; answers its run's id. */
  async heldTask(name = 'held'): Promise<string> {
    const command =
      "trap 'echo interrupted; exit 3' INT; echo begun; until [ -e /tmp/go ]; do sleep 0.2; done; echo done"
    return await startTask(this.people, await this.stack(name), command)
  }

  /** Lets a held task of a pod go on. Through the container's processes, because `docker exec` asks more of a daemon than a run does. */
  async letGo(pod: string): Promise<void> {
    const script = 'touch /proc/$(docker inspect --format "{{.State.Pid}}" $(docker ps --quiet --latest))/root/tmp/go'
    await until(`the container of the run in ${pod}`, async () => {
      await this.exec(pod, 'dind', 'sh', '-c', script)
      return true
    })
  }

  /** Ends everything, also pods that are in the middle of a run. */
  async [Symbol.asyncDispose](): Promise<void> {
    await helm(this.#helm, 'uninstall', this.name, '--namespace', this.name).catch(() => undefined)
    await this.kubectl('delete', 'pods', '--all', '--grace-period=1', '--timeout=60s').catch(() => undefined)
    await kubectl('delete', 'namespace', this.name, '--timeout=120s')
    await this.people[Symbol.asyncDispose]()
  }

  #defaults(): Values {
    const { images, insecureRegistry } = inject('cluster')
    return {
      credentials: { token: this.#pool.token, privateKey: this.#pool.privateKey },
      launcher: { image: named(images.launcher), defaultRunnerImage: images.runner },
      dind: { image: named(images.dind), insecureRegistries: insecureRegistry ? [insecureRegistry] : [] },
    }
  }

  /** If the present test fails, shows what the pods wrote. */
  shownIfTestFails(): void {
    onTestFailed(() => this.tell())
  }

  /** Shows what the pods wrote. */
  async tell(): Promise<void> {
    const selected = ['logs', '--selector', `app.kubernetes.io/instance=${this.name}`, '--prefix']
    const words = [
      ['get', 'pods,statefulsets,deployments,events', '--output', 'wide'],
      [...selected, '--container', 'launcher', '--tail=-1'],
      [...selected, '--container', 'dind', '--tail=40'],
    ]
    for (const each of words) process.stdout.write(`${await this.kubectl(...each).catch(String)}\n`)
  }
}

/** Whether a pod says that it is busy. */
export function busy({ metadata }: Pod): boolean {
  return metadata.labels['spacelift-worker.io/busy'] === 'true'
}
