import type { EngineAddress } from './dialer.ts'
import { DockerApi } from './docker-api.ts'
import { engineFailure, unlessRefused } from './errors.ts'

/** Reads, and removes an image: large layers take their time. */
const timeoutMs = 180_000

interface ImageDetails {
  readonly Id?: string
  readonly RepoTags?: readonly string[] | null
  readonly RepoDigests?: readonly string[] | null
}

/** What a daemon keeps on its disk. Every method rejects with a LauncherError. */
export class DockerStore {
  readonly #api: DockerApi
  readonly #isHere: boolean

  constructor(where: EngineAddress) {
    this.#api = new DockerApi(where)
    // Behind a socket it is the same machine, though not always the same file systems.
    this.#isHere = (typeof where === 'string' ? where : where.address).startsWith('unix:')
  }

  /** Where the daemon keeps images and containers; null: on another machine. */
  async directory(signal: AbortSignal): Promise<string | null> {
    if (!this.#isHere) return null
    const info = await this.#call({ method: 'GET', path: '/info', signal })
    const { DockerRootDir: directory } = info as { readonly DockerRootDir?: string }
    return directory || null
  }

  /** The id of an image; null: it is not there. */
  async imageId(name: string, signal: AbortSignal): Promise<string | null> {
    return (await this.#details(name, signal))?.Id ?? null
  }

  /** Removes an image with all its names, unless a container uses it, running or not. */
  async removeImage(id: string, signal: AbortSignal): Promise<'removed' | 'used' | 'missing'> {
    const details = await this.#details(id, signal)
    if (!details) return 'missing'
    // Or it would lose a name before it is known.
    if (await this.#isUsed(id, signal)) return 'used'
    const names = [...(details.RepoTags ?? []), ...(details.RepoDigests ?? [])]
    // By its names one after the other: by its id an image of two names can be removed by force only, which containers do not prevent.
    for (const name of names) if (!(await this.#remove(name, signal))) return 'used'
    return (await this.#details(id, signal)) === null || (await this.#remove(id, signal)) ? 'removed' : 'used'
  }

  async #isUsed(id: string, signal: AbortSignal): Promise<boolean> {
    const query = { all: true, limit: 1, filters: JSON.stringify({ ancestor: [id] }) }
    const call = { method: 'GET', path: '/containers/json', query, signal, timeoutMs } as const
    return await this.#attempt(async () => ((await this.#api.json(call)) as readonly unknown[]).length > 0)
  }

  /** False: it is in use (409). */
  async #remove(name: string, signal: AbortSignal): Promise<boolean> {
    const call = { method: 'DELETE', path: `/images/${encodeURI(name)}`, signal, timeoutMs } as const
    return await this.#attempt(async () => {
      const gone = unlessRefused(this.#api.text(call), 404).then(() => true)
      return (await unlessRefused(gone, 409)) ?? false
    })
  }

  async #details(name: string, signal: AbortSignal): Promise<ImageDetails | null> {
    const call = { method: 'GET', path: `/images/${encodeURI(name)}/json`, signal, timeoutMs } as const
    return await this.#attempt(async () => (await unlessRefused(this.#api.json(call), 404)) as ImageDetails | null)
  }

  async #call(call: { readonly method: 'GET'; readonly path: string; readonly signal: AbortSignal }): Promise<unknown> {
    return await this.#attempt(() => this.#api.json({ ...call, timeoutMs }))
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw engineFailure(error, 'cannot look at what the engine keeps')
    }
  }
}
