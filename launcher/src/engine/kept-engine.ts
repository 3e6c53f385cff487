import type { ContainerPlan, EngineInfo, PullOptions } from '../run/engine.ts'
import type { EngineAddress } from './dialer.ts'
import { DockerEngine, type DockerEngineOptions } from './docker-engine.ts'
import type { DockerStore } from './docker-store.ts'
import { memoryShare } from './memory-share.ts'

/** Is told which images runs bring and use. Neither call rejects. */
export interface ImageNotes {
  pulled(id: string, name: string): Promise<void>
  used(name: string): Promise<void>
}

export interface KeptEngineOptions extends DockerEngineOptions {
  readonly notes: ImageNotes
  readonly store: Pick<DockerStore, 'imageId'>
  /** Memory of daemon and containers together; null: that of its machine. */
  readonly memoryBytes: number | null
}

/** A Docker daemon that outlasts what runs do to it: none may take all of its memory, and it is known which of its images they brought. */
export class KeptEngine extends DockerEngine {
  readonly #options: KeptEngineOptions
  #machineBytes: number | null = null

  constructor(address: EngineAddress, options: KeptEngineOptions) {
    super(address, options)
    this.#options = options
  }

  override async info(signal: AbortSignal): Promise<EngineInfo> {
    const info = await super.info(signal)
    if (info.memoryBytes > 0) this.#machineBytes = info.memoryBytes
    return info
  }

  override async pull(image: string, options: PullOptions): Promise<void> {
    const before = await this.#idOf(image, options.signal)
    await super.pull(image, options)
    const after = await this.#idOf(image, options.signal)
    if (after !== null && after !== before) await this.#options.notes.pulled(after, image)
  }

  override async create(plan: ContainerPlan, signal: AbortSignal): Promise<string> {
    // Nobody waits for the note.
    void this.#options.notes.used(plan.image)
    return await super.create({ ...plan, memoryBytes: plan.memoryBytes ?? (await this.#share(signal)) }, signal)
  }

  async #share(signal: AbortSignal): Promise<number | null> {
    if (this.#machineBytes === null) await this.info(signal)
    const machine = this.#machineBytes ?? Infinity
    const bytes = Math.min(machine, this.#options.memoryBytes ?? Infinity)
    return Number.isFinite(bytes) ? memoryShare(bytes) : null
  }

  /** A name that cannot be looked for is for the pull to complain about. */
  async #idOf(image: string, signal: AbortSignal): Promise<string | null> {
    return await this.#options.store.imageId(image, signal).catch(() => null)
  }
}
