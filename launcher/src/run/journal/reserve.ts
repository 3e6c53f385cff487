import { rm, stat, writeFile } from 'node:fs/promises'

/** More than what the end of a job writes. */
export const reserveBytes = 1024 * 1024

/** A file that holds room on a disk, and is given up when the disk is full, so that what must be written still can be. */
export class Reserve {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Takes the room, if there is enough. Never rejects: a full disk is told by whoever needs it. */
  async keep(): Promise<void> {
    const held = await stat(this.#path).catch(() => null)
    if (held && held.size >= reserveBytes) return
    try {
      await writeFile(this.#path, Buffer.alloc(reserveBytes), { mode: 0o600 })
    } catch {
      await this.release()
    }
  }

  /** Gives the room up; answers whether there was any. */
  async release(): Promise<boolean> {
    const held = await stat(this.#path).catch(() => null)
    await rm(this.#path, { force: true }).catch(() => {})
    return held !== null
  }
}
