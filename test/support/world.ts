import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, link, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inject, onTestFailed } from 'vitest'
import { removeContainers } from '../../quickstart/engine/remove-containers.ts'
import { freePorts } from './free-ports.ts'
import { People } from './people.ts'
import './provided.ts'
import { TestProgram } from './test-program.ts'

/** What a world is made with; times in seconds. */
export interface WorldOptions {
  /** How many launchers are started with it: 1 unless said otherwise. */
  readonly launchers?: number
  /** Further settings of every launcher. */
  readonly launcherEnv?: Readonly<Record<string, string>>
  /** Further arguments of `serve`, such as `['--lease-seconds', '3']`. */
  readonly serve?: readonly string[]
}

/** How a command of the command line ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What tests read of a run. */
export interface RunShown {
  readonly id: string
  readonly state: string
  /** Oldest first. */
  readonly history: readonly {
    readonly state: string
    readonly worker?: string | null
    readonly note?: string | null
    readonly timestamp: number
  }[]
}

/** The answer to `runQuery`; the history is newest first there. */
interface RunAnswer {
  readonly runStack: { readonly run: RunShown }
}

const runQuery =
  'query($run: ID!) { runStack(runId: $run) { run(id: $run) { id state history { state worker note timestamp } } } }'

const root = fileURLToPath(new URL('../..', import.meta.url))
const terminal = new Set(['FINISHED', 'FAILED', 'STOPPED', 'CANCELED', 'DISCARDED', 'SKIPPED'])
const lookAgainMs = 100
const waitMs = 120_000

/**
 * A mothership and launchers as processes, in a directory of their own, on free ports; everything goes by the wire and by the two
 * programs. `await using` ends them all and leaves nothing; a failing test shows what they wrote.
 */
export class World implements AsyncDisposable {
  readonly directory: string
  readonly mothership: TestProgram
  readonly launchers: TestProgram[] = []
  /** The people's, the broker's and the launchers' port. */
  readonly ports: readonly number[]
  readonly #options: WorldOptions
  #people: People | null = null
  #written: string | null = null
  #pool: { readonly token: string; readonly privateKey: string } | null = null

  private constructor(directory: string, ports: readonly number[], options: WorldOptions) {
    this.directory = directory
    this.ports = ports
    this.#options = options
    this.mothership = this.#program('mothership', 'mothership/bin.js', { words: this.#serve(), env: {} })
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const directory = await mkdtemp(join(tmpdir(), 'world-'))
    const world = new World(directory, await freePorts(3), options)
    try {
      world.shownIfTestFails()
      await world.mothership.start()
      world.#pool = await world.#makePool()
      await Promise.all(Array.from({ length: options.launchers ?? 1 }, () => world.addLauncher()))
      return world
    } catch (error) {
      await world.#show()
      await world[Symbol.asyncDispose]()
      throw error
    }
  }

  /** If the present test fails, shows what the programs wrote. A world that several tests share is told so by each of them. */
  shownIfTestFails(): void {
    onTestFailed(() => this.#show())
  }

  /** The profile by which the command line and GraphQL clients find the mothership. */
  get profile(): string {
    return join(this.directory, 'mothership/profile.json')
  }

  /** Runs a command with `--json` and answers its value; a command that fails is an error with its own words. */
  async cli<T>(words: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.command([...words, '--json'])
    if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  /** Runs a command to its end, however it ends. */
  async command(words: readonly string[]): Promise<Ended> {
    const env = { ...process.env, SPACELIFT_MOTHERSHIP_PROFILE: this.profile }
    const child = spawn(process.execPath, [join(root, 'mothership/bin.js'), ...words], { env, cwd: this.directory })
    child.stdin.end()
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { code: child.exitCode, stdout, stderr }
  }

  /** Writes a stack's directory and applies it; answers the stack's id. `files`: texts by paths; `stack.yaml` is among them. */
  async stack(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = await mkdtemp(join(this.directory, 'stack-'))
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), content)
    }
    return (await this.cli<{ id: string }>(['stack', 'apply', folder])).id
  }

  /** Triggers a run; `words` are further arguments of `run trigger`. Answers the run's id. */
  async trigger(stack: string, words: readonly string[] = []): Promise<string> {
    return (await this.cli<{ id: string }>(['run', 'trigger', stack, ...words])).id
  }

  /** A run as it is now, by the API: starting the command line costs more than a second where tests run side by side. */
  async show(run: string): Promise<RunShown> {
    this.#people ??= await People.of(this.profile)
    const { runStack } = await this.#people.ask<RunAnswer>(runQuery, { run })
    return { ...runStack.run, history: runStack.run.history.toReversed() }
  }

  /** Waits until a run is in one of the states. Another state that a run does not leave is an error with its whole history. */
  async reaches(run: string, states: readonly string[], limitMs = waitMs): Promise<RunShown> {
    const until = performance.now() + limitMs
    for (;;) {
      const shown = await this.show(run)
      if (states.includes(shown.state)) return shown
      if (terminal.has(shown.state) || performance.now() > until) {
        throw new Error(`run ${run} is ${shown.state}, not ${states.join(' or ')}: ${JSON.stringify(shown.history)}`)
      }
      await sleep(lookAgainMs)
    }
  }

  /** Waits until a run is over, whatever it became. */
  over(run: string, limitMs = waitMs): Promise<RunShown> {
    return this.reaches(run, [...terminal], limitMs)
  }

  /** The whole log of a run, as the command line shows it. */
  async log(run: string): Promise<string> {
    const { code, stdout, stderr } = await this.command(['run', 'logs', run])
    if (code !== 0) throw new Error(`run logs ended with ${code}: ${stderr}`)
    return stdout
  }

  /** Starts one more launcher, in a directory of its own. */
  async addLauncher(env: Readonly<Record<string, string>> = {}): Promise<TestProgram> {
    const name = `launcher-${this.launchers.length + 1}`
    const program = this.#program(name, 'launcher/bin.js', { words: [], env: { ...this.launcherEnv(name), ...env } })
    this.launchers.push(program)
    await this.#placeTools(join(this.directory, name, 'binaries'))
    await program.start()
    return program
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.mothership, ...this.launchers].map((program) => program.kill()))
    await this.#people?.[Symbol.asyncDispose]()
    // A failure is known only after this, and shows what they wrote.
    this.#written = await this.#read()
    await removeContainers(inject('engine').socket, this.directory)
    await rm(this.directory, { recursive: true, force: true })
  }

  async #makePool(): Promise<{ token: string; privateKey: string }> {
    const words = ['pool', 'create', 'test', '--out', join(this.directory, 'pool')]
    const { files } = await this.cli<{ files: { token: string; privateKey: string } }>(words)
    const [token, key] = await Promise.all([readFile(files.token, 'utf8'), readFile(files.privateKey)])
    return { token: token.trim(), privateKey: key.toString('base64') }
  }

  #program(name: string, script: string, how: { words: readonly string[]; env: Record<string, string> }): TestProgram {
    const { PATH = '', HOME = '' } = process.env
    return new TestProgram(
      {
        name,
        command: [process.execPath, join(root, script), ...how.words],
        env: { PATH, HOME, ...how.env },
        ready: name === 'mothership' ? 'mothership ready' : 'launcher ready',
        signal: new AbortController().signal,
      },
      (time) => join(this.directory, `logs/${name}.${time}.log`),
    )
  }

  #serve(): string[] {
    const [people, broker, launchers] = this.ports
    const settings = {
      data: join(this.directory, 'mothership'),
      'people-port': people,
      'broker-port': broker,
      'launchers-port': launchers,
      'public-host': '127.0.0.1',
      'state-endpoint': `https://host.docker.internal:${people}`,
    }
    const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    return ['serve', ...words, ...(this.#options.serve ?? [])]
  }

  /** The settings of a launcher of this world's pool, in the directory of this name. */
  launcherEnv(name: string): Record<string, string> {
    const { socket, image } = inject('engine')
    return {
      SPACELIFT_TOKEN: this.#pool?.token ?? '',
      SPACELIFT_POOL_PRIVATE_KEY: this.#pool?.privateKey ?? '',
      SPACELIFT_LAUNCHER_DIRECTORY: join(this.directory, name),
      SPACELIFT_LAUNCHER_HEALTH_PORT: '0',
      SPACELIFT_DEFAULT_RUNNER_IMAGE: image,
      // It was built here: no registry has it.
      SPACELIFT_LAUNCHER_PULL_POLICY: 'if-not-present',
      SPACELIFT_METADATA_name: name,
      DOCKER_HOST: `unix://${socket}`,
      ...this.#options.launcherEnv,
    }
  }

  /** The tools that the set-up brought, where a launcher looks before it fetches them. */
  async #placeTools(binaries: string): Promise<void> {
    const terraform = inject('terraform')
    const files = [
      [inject('tofu'), 'opentofu/1.12.6/tofu'],
      ...(terraform ? [[terraform, 'terraform/1.11.4/terraform']] : []),
    ] as const
    for (const [file = '', place = ''] of files) {
      const target = join(binaries, place)
      await mkdir(dirname(target), { recursive: true })
      await link(file, target).catch(() => copyFile(file, target))
    }
  }

  async #show(): Promise<void> {
    process.stdout.write(this.#written ?? (await this.#read()))
  }

  async #read(): Promise<string> {
    const programs = [this.mothership, ...this.launchers]
    const parts = await Promise.all(
      programs.map(async (each) => `==== ${each.name}\n${(await each.output()).slice(-40_000)}\n`),
    )
    return parts.join('')
  }
}
