import { spawn, type ChildProcess } from 'node:child_process'
import { LauncherError } from '../../launcher/src/base/errors.ts'
import type {
  ContainerPlan,
  ContainerState,
  CopiedOutput,
  CopyOptions,
  EndSignal,
  Engine,
  EngineInfo,
  Exit,
  KilledBy,
  OwnedContainer,
  PullOptions,
} from '../../launcher/src/run/engine.ts'

/** A container as its play sees it. */
export interface Stage {
  readonly plan: ContainerPlan
  /** Writes output; resolves when somebody has taken it. */
  write(text: string | Uint8Array): Promise<void>
  /** Resolves with the next signal that is sent to the container. SIGKILL ends the play without being asked. */
  signalled(): Promise<EndSignal>
}

/** What happens in a container instead of its command. Answers how it ends. */
export type Play = (stage: Stage) => Promise<number | Exit>

export interface MemoryEngineOptions {
  /** Default: the command is run as a process of this machine. */
  readonly play?: Play
  /** Images that can be pulled or are there; default: all, and all are there. */
  readonly images?: readonly string[]
}

type Call = keyof Engine

/**
 * An Engine without Docker: it plays scripts, and refuses calls out of order (`start` without `attach`, `wait` without
 * `start`, a second `start`), which are bugs of the caller and so are no LauncherErrors. `calls` is what it was asked,
 * in order; `break` makes a call fail.
 */
export class MemoryEngine implements Engine {
  readonly calls: string[] = []
  readonly #options: MemoryEngineOptions
  readonly #containers = new Map<string, MemoryContainer>()
  readonly #broken = new Map<Call, (about: string) => Error | undefined>()
  readonly #pulled = new Set<string>()
  #made = 0

  constructor(options: MemoryEngineOptions = {}) {
    this.#options = options
  }

  /** Containers that exist. */
  get containers(): readonly string[] {
    return [...this.#containers.keys()]
  }

  planOf(id: string): ContainerPlan {
    return this.#found(id).plan
  }

  /** Makes every following call of a name fail with what `how` answers; undefined lets it pass. */
  break(call: Call, how: (about: string) => Error | undefined): void {
    this.#broken.set(call, how)
  }

  mend(call: Call): void {
    this.#broken.delete(call)
  }

  async info(signal: AbortSignal): Promise<EngineInfo> {
    this.#called('info', '', signal)
    return {
      version: '0',
      apiVersion: '1.44',
      storageDriver: 'memory',
      cgroupVersion: '2',
      time: Date.now(),
      memoryBytes: 2 ** 30,
      cpus: 2,
    }
  }

  async pull(image: string, { signal, progress }: PullOptions): Promise<void> {
    this.#called('pull', image, signal)
    progress(`${image}: pulling`)
    if (!this.#knows(image)) throw new LauncherError('IMAGE_NOT_FOUND', `There is no image ${image}.`)
    this.#pulled.add(image)
  }

  async volumes(): Promise<readonly string[]> {
    return []
  }

  async present(image: string, signal: AbortSignal): Promise<boolean> {
    this.#called('present', image, signal)
    return this.#options.images === undefined || this.#pulled.has(image)
  }

  async create(plan: ContainerPlan, signal: AbortSignal): Promise<string> {
    this.#called('create', plan.name, signal)
    if (!this.#knows(plan.image)) throw new LauncherError('IMAGE_NOT_FOUND', `There is no image ${plan.image}.`)
    const id = `container-${++this.#made}`
    this.#containers.set(id, new MemoryContainer(plan, this.#options.play ?? localProcess))
    return id
  }

  async attach(container: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    this.#called('attach', container, signal)
    return this.#found(container).attach(signal)
  }

  async output(container: string, options: CopyOptions): Promise<AsyncIterable<CopiedOutput>> {
    this.#called('output', container, options.signal)
    return this.#found(container).copy(options.signal)
  }

  async start(container: string, signal: AbortSignal): Promise<void> {
    this.#called('start', container, signal)
    this.#found(container).start()
  }

  async wait(container: string, signal: AbortSignal): Promise<Exit> {
    this.#called('wait', container, signal)
    return await abortable(this.#found(container).wait(), signal)
  }

  async signal(container: string, name: EndSignal): Promise<void> {
    this.#called('signal', `${container} ${name}`)
    this.#found(container).signal(name)
  }

  async inspect(container: string): Promise<ContainerState> {
    this.#called('inspect', container)
    return this.#containers.get(container)?.state ?? { state: 'gone' }
  }

  async killedBy(container: string): Promise<KilledBy | null> {
    this.#called('killedBy', container)
    return this.#containers.get(container)?.killed ? 'api' : null
  }

  async remove(container: string): Promise<void> {
    this.#called('remove', container)
    this.#containers.get(container)?.signal('SIGKILL')
    this.#containers.delete(container)
  }

  async list(labels: Readonly<Record<string, string>>): Promise<readonly OwnedContainer[]> {
    this.#called('list', JSON.stringify(labels))
    return [...this.#containers]
      .map(([id, { plan }]) => ({ id, labels: plan.labels }))
      .filter((found) => Object.entries(labels).every(([name, value]) => found.labels[name] === value))
  }

  #knows(image: string): boolean {
    return this.#options.images?.includes(image) ?? true
  }

  #found(id: string): MemoryContainer {
    const container = this.#containers.get(id)
    if (!container) throw new LauncherError('CONTAINER_LOST', `There is no container ${id}.`)
    return container
  }

  #called(call: Call, about: string, signal?: AbortSignal): void {
    this.calls.push(about === '' ? call : `${call} ${about}`)
    signal?.throwIfAborted()
    const error = this.#broken.get(call)?.(about)
    if (error !== undefined) throw error
  }
}

/** One container, with a copy of all its output. */
class MemoryContainer {
  readonly plan: ContainerPlan
  readonly #play: Play
  readonly #copy: CopiedOutput[] = []
  readonly #exited = Promise.withResolvers<Exit>()
  readonly #signals: EndSignal[] = []
  #awaitingSignal: ((name: EndSignal) => void) | null = null
  #reader: Pipe | null = null
  #grown = Promise.withResolvers<void>()
  #state: ContainerState = { state: 'created' }
  #killed = false

  constructor(plan: ContainerPlan, play: Play) {
    this.plan = plan
    this.#play = play
  }

  get state(): ContainerState {
    return this.#state
  }

  /** Whether it was sent SIGKILL. */
  get killed(): boolean {
    return this.#killed
  }

  attach(signal: AbortSignal): AsyncIterable<Uint8Array> {
    if (this.#reader) throw new Error('out of order: attached twice')
    this.#reader = new Pipe()
    if (this.#state.state === 'exited') this.#reader.end()
    return this.#reader.read(signal)
  }

  async *copy(signal: AbortSignal): AsyncGenerator<CopiedOutput> {
    for (let at = 0; ; ) {
      for (let next = this.#copy[at]; next; next = this.#copy[++at]) yield next
      if (this.#state.state === 'exited') return
      await abortable(this.#grown.promise, signal)
    }
  }

  start(): void {
    if (this.#state.state !== 'created') throw new Error('out of order: started twice')
    if (!this.#reader) throw new Error('out of order: started before attach')
    this.#state = { state: 'running' }
    void this.#run()
  }

  wait(): Promise<Exit> {
    if (this.#state.state === 'created') throw new Error('out of order: waited for before start')
    return this.#exited.promise
  }

  signal(name: EndSignal): void {
    if (this.#state.state !== 'running') return
    if (name === 'SIGKILL') this.#killed = true
    if (name === 'SIGKILL') this.#end({ exitCode: 137, oomKilled: false, error: '' })
    const taker = this.#awaitingSignal
    this.#awaitingSignal = null
    if (taker) taker(name)
    else this.#signals.push(name)
  }

  async #run(): Promise<void> {
    // What a play throws is a failed command's exit, as it is in a real container.
    const exit = await this.#play(this.#stage()).catch((error: unknown) => {
      this.#keep(Buffer.from(`${String(error)}\n`))
      return 255
    })
    this.#end(typeof exit === 'number' ? { exitCode: exit, oomKilled: false, error: '' } : exit)
  }

  #stage(): Stage {
    return {
      plan: this.plan,
      write: async (text) => {
        if (this.#state.state === 'exited') return
        const bytes = typeof text === 'string' ? Buffer.from(text) : text
        this.#keep(bytes)
        await this.#reader?.write(bytes)
      },
      signalled: () => {
        const waiting = this.#signals.shift()
        return waiting ? Promise.resolve(waiting) : new Promise((resolve) => (this.#awaitingSignal = resolve))
      },
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#copy.push({ bytes, at: Date.now() })
    this.#grown.resolve()
    this.#grown = Promise.withResolvers()
  }

  #end(exit: Exit): void {
    if (this.#state.state === 'exited') return
    this.#state = { state: 'exited', exit }
    this.#reader?.end()
    this.#grown.resolve()
    this.#exited.resolve(exit)
  }
}

/** Bytes from one writer to one reader; the writer waits until each piece is taken. */
class Pipe {
  #pieces: { bytes: Uint8Array; taken: () => void }[] = []
  #ended = false
  #changed = Promise.withResolvers<void>()

  write(bytes: Uint8Array): Promise<void> {
    if (this.#ended || bytes.byteLength === 0) return Promise.resolve()
    return new Promise((taken) => {
      this.#pieces.push({ bytes, taken })
      this.#wake()
    })
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  async *read(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for (;;) {
      signal.throwIfAborted()
      const piece = this.#pieces.shift()
      if (piece) {
        yield piece.bytes
        piece.taken()
      } else if (this.#ended) return
      else await abortable(this.#changed.promise, signal)
    }
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}

/** Runs a container's command as a process group of this machine, with its environment and nothing else of it. */
export const localProcess: Play = async (stage) => {
  const [program = 'true', ...args] = stage.plan.command
  const env = Object.fromEntries(
    stage.plan.environment.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  )
  const child = spawn(program, args, {
    env: { PATH: '/usr/bin:/bin', ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  void passSignals(stage, child)
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 137)),
    )
  })
  const drained = [child.stdout, child.stderr].map(async (stream) => {
    for await (const chunk of stream) await stage.write(chunk as Buffer)
  })
  const [code] = await Promise.all([exited, ...drained])
  return code
}

async function passSignals(stage: Stage, child: ChildProcess): Promise<void> {
  for (;;) {
    const name = await stage.signalled()
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      return
    }
  }
}

async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
