import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Names and texts of files. */
export type Files = Readonly<Record<string, string>>

const prefix = 'policy-'

/** What is this old was left by a process that was killed. */
const staleMs = 24 * 60 * 60_000

/**
 * Directories that live for one piece of work. They are made below the first of `places` that can be written to: a
 * launcher may have nothing but its own directory. Files are written for each use and not kept, because systems empty
 * their directories of temporary files now and then, and a policy must outlive that.
 */
export class Scratch {
  readonly #places: readonly string[]

  constructor(places: readonly string[]) {
    this.#places = places
  }

  /** Runs `work` in a fresh directory with these files. Rejects with a failed system call if there is no place for it. */
  async with<T>(files: Files, work: (directory: string) => Promise<T>): Promise<T> {
    const directory = await this.#make()
    try {
      await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(directory, name), text)))
      return await work(directory)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }

  /** Removes what processes left that were killed. */
  async sweep(now: number): Promise<void> {
    for (const place of this.#places) {
      const names = await readdir(place).catch(() => [])
      for (const path of names.filter((name) => name.startsWith(prefix)).map((name) => join(place, name))) {
        const found = await stat(path).catch(() => null)
        if (found?.isDirectory() && now - found.mtimeMs > staleMs) await rm(path, { recursive: true, force: true })
      }
    }
  }

  async #make(): Promise<string> {
    let failure: unknown
    for (const place of this.#places) {
      try {
        return await mkdtemp(join(place, prefix))
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }
}
