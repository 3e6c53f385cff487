import { inShort, type Logger } from '../base/log.ts'
import { usageOf, type Usage } from './file-system.ts'
import { isRoomy, shortageOf } from './shortage.ts'

/** Something that fills a disk and can go. */
export interface Cleaner {
  /** What goes, for logs and metrics. */
  readonly what: string
  /** The directory whose file system it fills. */
  readonly path: () => string
  /** Removes one thing after the other, what was used last at the end, until `enough` says so. Answers how many went. */
  clean(enough: () => Promise<boolean>, signal: AbortSignal): Promise<number>
}

export interface DiskOptions {
  /** The directories whose file systems count; one that is not here is passed over. */
  readonly paths: () => Promise<readonly string[]>
  /** In percent; null: only a full file system is short of room. */
  readonly threshold: number | null
  /** In the order in which they clean. */
  readonly cleaners: readonly Cleaner[]
  readonly log: Logger
  readonly removed?: (what: string, count: number) => void
  /** How a file system is looked at; default: as it is. */
  readonly look?: (path: string) => Promise<Usage | null>
}

/**
 * The room on the file systems of this launcher and its engine. Where it is short, what is the launcher's own and unused goes first; what is
 * left short then is for the caller to act upon.
 */
export class Disk {
  readonly #options: DiskOptions
  #usages: readonly Usage[] = []
  #making: Promise<string | null> | null = null
  #wasShort = false

  constructor(options: DiskOptions) {
    this.#options = options
  }

  /** As it was last looked at. */
  get usages(): readonly Usage[] {
    return this.#usages
  }

  /** Why there is not enough room, at this moment; null: there is. */
  async shortage(): Promise<string | null> {
    const { threshold } = this.#options
    const usages = await this.#look()
    return usages.map((usage) => shortageOf(usage, threshold)).find((why) => why !== null) ?? null
  }

  /** Cleans if need be. Answers why there is not enough room all the same; null: there is. Never rejects. */
  makeRoom(signal: AbortSignal): Promise<string | null> {
    this.#making ??= this.#makeRoom(signal).finally(() => (this.#making = null))
    return this.#making
  }

  async #makeRoom(signal: AbortSignal): Promise<string | null> {
    const { cleaners, log } = this.#options
    try {
      const before = await this.shortage()
      if (before === null) return this.#found(null)
      // Once, and not with every look at a disk that stays full.
      log[this.#wasShort ? 'debug' : 'warn']({ why: before }, 'the disk is short of room: cleaning')
      for (const cleaner of cleaners) await this.#clean(cleaner, signal)
      return this.#found(await this.shortage())
    } catch (error) {
      log.error({ err: error }, 'the room on the disk is not known')
      return null
    }
  }

  #found(why: string | null): string | null {
    if (why === null && this.#wasShort) this.#options.log.info('there is room on the disk again')
    this.#wasShort = why !== null
    return why
  }

  async #clean(cleaner: Cleaner, signal: AbortSignal): Promise<void> {
    const { log, removed = () => {} } = this.#options
    const enough = async () => signal.aborted || (await this.#isRoomyAt(cleaner.path()))
    try {
      if (await enough()) return
      const count = await cleaner.clean(enough, signal)
      if (count > 0) log.info({ what: cleaner.what, count }, 'cleaned')
      removed(cleaner.what, count)
    } catch (error) {
      log.warn({ ...inShort(error), what: cleaner.what }, 'could not be cleaned')
    }
  }

  /** A directory that is not here is on whichever file system is short. */
  async #isRoomyAt(path: string): Promise<boolean> {
    const { threshold } = this.#options
    const usages = await this.#look()
    const device = usages.find((usage) => usage.path === path)?.device
    const concerned = device === undefined ? usages : usages.filter((usage) => usage.device === device)
    return concerned.every((usage) => isRoomy(usage, threshold))
  }

  async #look(): Promise<readonly Usage[]> {
    const { paths, look = usageOf } = this.#options
    const usages = await Promise.all((await paths()).map((path) => look(path)))
    this.#usages = usages.filter((usage) => usage !== null)
    return this.#usages
  }
}
