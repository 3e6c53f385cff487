import { makeLogger } from '../../launcher/src/base/log.ts'
import { load } from '../../launcher/src/config/load.ts'
import { readTexts, sourceOf } from '../../launcher/src/identity/credential-source.ts'
import { readCredentials } from '../../launcher/src/identity/credentials.ts'
import { Launcher } from '../../launcher/src/launcher.ts'
import type { LauncherOptions } from '../../launcher/src/launcher-options.ts'
import type { JobControl } from '../../launcher/src/run/control.ts'
import { Stop } from '../../launcher/src/run/outcome.ts'
import { MemoryEngine } from '../fakes/memory-engine.ts'
import { until } from '../fakes/until.ts'

/** Conducts jobs by waiting until it is told how they end. */
export class FakeConductor {
  readonly conducted: string[] = []
  readonly stops: Stop[] = []
  left: string | null = null
  /** What the looking after an earlier process's jobs waits for. */
  recovering: Promise<void> = Promise.resolve()
  /** Whether the end of a job was not heard. */
  owing = false
  /** Called when a job begins. */
  begun: () => void = () => {}
  readonly control: JobControl
  #end = Promise.withResolvers<void>()

  constructor(control: JobControl) {
    this.control = control
  }

  async recover(): Promise<string | null> {
    await this.recovering
    return this.left
  }

  async conduct(job: string, signal: AbortSignal): Promise<void> {
    this.begun()
    this.conducted.push(job)
    const stopped = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => {
      if (signal.reason instanceof Stop) this.stops.push(signal.reason)
      stopped.resolve()
    })
    await Promise.race([this.#end.promise, stopped.promise])
    if (signal.reason?.cause === 'job-lost') return
    const outcome = { result: 'succeeded', changes: null, exitCode: 0, failure: null, workspace: null } as const
    await this.control.report(
      job,
      { kind: 'finished', sequence: 1, at: 0, outcome, logLength: 0, lostBytes: 0 },
      new AbortController().signal,
    )
  }

  async owes(): Promise<boolean> {
    return this.owing
  }

  /** The job in hand ends. */
  end(): void {
    this.#end.resolve()
    this.#end = Promise.withResolvers()
  }
}

export interface Line {
  readonly msg: string
  readonly [field: string]: unknown
}

export interface LaunchOptions {
  readonly env: Readonly<Record<string, string>>
  readonly engine?: MemoryEngine
  readonly left?: string | null
  readonly more?: Partial<Pick<LauncherOptions, 'clock' | 'pod'>>
}

/** Starts a launcher with these settings in this process, with a conductor that does nothing by itself. */
export async function launchWith({ env, engine = new MemoryEngine(), left = null, more = {} }: LaunchOptions) {
  const { config } = load(env)
  const source = sourceOf(config ?? {})
  const inUse = await readTexts(source)
  const { credentials } = readCredentials(inUse.texts, Date.now())
  if (!config || !credentials) throw new Error('the configuration of the test is wrong')
  const lines: Line[] = []
  const exits: number[] = []
  const conductors: FakeConductor[] = []
  const launcher = new Launcher({
    config,
    credentials,
    origin: { source, inUse },
    version: '1.2.3',
    log: makeLogger({ level: 'debug', to: { write: (line) => void lines.push(JSON.parse(line) as Line) } }),
    exit: (code) => exits.push(code),
    engine,
    conductor: (control) => {
      const made = new FakeConductor(control)
      made.left = left
      conductors.push(made)
      return made
    },
    ...more,
  })
  const conductor = conductors[0]
  if (!conductor) throw new Error('no conductor was asked for')
  const over = launcher.run()
  over.catch(() => {})
  const logged = (msg: string) => lines.filter((line) => line.msg === msg)
  const ready = () =>
    until('ready', () => logged('launcher ready')[0]) as Promise<Line & { worker: string; healthPort: number }>
  const health = async (path: string) => {
    const { healthPort } = await ready()
    const answer = await fetch(`http://127.0.0.1:${healthPort}${path}`)
    return { status: answer.status, text: await answer.text() }
  }
  return { launcher, conductor, conductors, lines, logged, exits, over, ready, health }
}
