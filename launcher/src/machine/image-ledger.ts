import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Entry {
  /** The names by which runs ask for it; none: the name means another image now. */
  readonly names: readonly string[]
  /** In milliseconds since 1970. */
  readonly usedAt: number
}

/** Beyond this, those that were not used for the longest time are forgotten, and then stay on the disk. */
const most = 1000

/**
 * Which images are on the engine because runs asked for them, and when each was last used: `<directory>/images.json`. What is not in it was
 * there before, or is somebody else's, and is never removed. A file that is lost or damaged costs only this knowledge.
 */
export class ImageLedger {
  readonly #path: string
  readonly #now: () => number
  #entries: Map<string, Entry> | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(directory: string, now: () => number) {
    this.#path = join(directory, 'images.json')
    this.#now = now
  }

  /** A run had this image pulled under this name, and it was not there before. */
  async pulled(id: string, name: string): Promise<void> {
    const entries = await this.#read()
    for (const [other, { names, usedAt }] of entries)
      entries.set(other, { names: names.filter((known) => known !== name), usedAt })
    const names = entries.get(id)?.names ?? []
    entries.set(id, { names: [...names, name], usedAt: this.#now() })
    await this.#write(entries)
  }

  /** A run uses the image of this name. */
  async used(name: string): Promise<void> {
    const entries = await this.#read()
    const found = [...entries].find(([, { names }]) => names.includes(name))
    if (!found) return
    entries.set(found[0], { ...found[1], usedAt: this.#now() })
    await this.#write(entries)
  }

  async removed(id: string): Promise<void> {
    const entries = await this.#read()
    if (entries.delete(id)) await this.#write(entries)
  }

  /** Ids, the one that was not used for the longest time first. */
  async leastRecent(): Promise<string[]> {
    return byUse(await this.#read()).map(([id]) => id)
  }

  async #read(): Promise<Map<string, Entry>> {
    if (this.#entries) return this.#entries
    const text = await readFile(this.#path, 'utf8').catch(() => '')
    this.#entries ??= decode(text)
    return this.#entries
  }

  /** One after the other, each in one step. */
  #write(entries: Map<string, Entry>): Promise<void> {
    const kept = byUse(entries).slice(-most)
    this.#writing = this.#writing
      .then(async () => {
        await writeFile(`${this.#path}.new`, JSON.stringify(Object.fromEntries(kept)))
        await rename(`${this.#path}.new`, this.#path)
      })
      .catch(() => {
        // A disk that takes nothing is what this is about: then it is known until the end of this process.
      })
    return this.#writing
  }
}

function byUse(entries: ReadonlyMap<string, Entry>): [string, Entry][] {
  return [...entries].sort(([, one], [, other]) => one.usedAt - other.usedAt)
}

function decode(text: string): Map<string, Entry> {
  try {
    const read: unknown = JSON.parse(text)
    return new Map(Object.entries(read as Record<string, unknown>).flatMap(([id, entry]) => entryOf(id, entry)))
  } catch {
    return new Map()
  }
}

function entryOf(id: string, entry: unknown): [string, Entry][] {
  if (typeof entry !== 'object' || entry === null) return []
  const { names, usedAt } = entry as { readonly names?: unknown; readonly usedAt?: unknown }
  if (!Array.isArray(names) || typeof usedAt !== 'number') return []
  return [[id, { names: names.filter((name) => typeof name === 'string'), usedAt }]]
}
