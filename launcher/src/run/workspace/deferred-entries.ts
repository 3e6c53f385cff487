import { chmod, chown, lchown, lutimes, mkdir, symlink, utimes } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import type { ReadEntry } from 'tar'
import type { UnpackOptions } from './archive.ts'

interface Directory {
  readonly path: string
  readonly mode: number | null
  readonly modified: Date | null
}

interface OpenFile {
  readonly path: string
  readonly mode: number
}

/** What the usual umask takes from a file that is made. */
const maskedBits = 0o022

interface Link {
  readonly path: string
  readonly target: string
  readonly modified: Date | null
}

/**
 * What of an archive can only be done at its end: symbolic links, so that nothing is written through one; the modes and
 * times of directories, because writing into a directory needs the one and changes the other; and the modes of files
 * that this process's umask cuts.
 */
export class DeferredEntries {
  readonly #options: UnpackOptions
  readonly #directories: Directory[] = []
  readonly #files: OpenFile[] = []
  readonly #links = new Map<string, Link>()

  constructor(options: UnpackOptions) {
    this.#options = options
  }

  /** Whether an entry is to be unpacked now. */
  passes(entry: ReadEntry): boolean {
    const path = posix.normalize(entry.path).replace(/\/$/, '')
    const modified = entry.mtime ?? null
    const mode = entry.mode ?? 0
    if (entry.type === 'SymbolicLink') this.#links.set(path, { path, target: entry.linkpath ?? '', modified })
    if (entry.type === 'Directory') this.#directories.push({ path, mode: entry.mode ?? null, modified })
    if (entry.type === 'File' && (mode & maskedBits) !== 0) this.#files.push({ path, mode })
    return entry.type !== 'SymbolicLink'
  }

  /** Does what was deferred. Rejects with a refusal if a link stands where something else is, or below another link. */
  async finish(): Promise<void> {
    for (const { path, mode } of this.#files) await chmod(join(this.#options.into, path), mode & 0o7777)
    for (const link of this.#links.values()) await this.#makeLink(link)
    for (const directory of this.#directories.toReversed()) await this.#settle(directory)
  }

  async #makeLink({ path, target, modified }: Link): Promise<void> {
    if (ancestors(path).some((above) => this.#links.has(above)))
      throw this.#options.refuse(`${JSON.stringify(path)} is below a symbolic link`)
    await this.#makeParents(path)
    const absolute = join(this.#options.into, path)
    try {
      await symlink(target, absolute)
    } catch (error) {
      const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
      throw exists ? this.#options.refuse(`${JSON.stringify(path)} is in it twice`) : error
    }
    await lchown(absolute, this.#options.owner.uid, this.#options.owner.gid)
    if (modified) await lutimes(absolute, modified, modified)
  }

  async #makeParents(path: string): Promise<void> {
    const { into, owner } = this.#options
    const first = await mkdir(dirname(join(into, path)), { recursive: true })
    if (first === undefined) return
    for (const above of ancestors(path).map((name) => join(into, name))) {
      if (above.startsWith(first)) await chown(above, owner.uid, owner.gid)
    }
  }

  async #settle({ path, mode, modified }: Directory): Promise<void> {
    const absolute = join(this.#options.into, path)
    // The library gave the owner all rights, so that it could write into the directory.
    if (mode !== null && (mode & 0o700) !== 0o700) await chmod(absolute, mode & 0o7777)
    if (modified) await utimes(absolute, modified, modified)
  }
}

/** `a/b/c` -> `a`, `a/b`. */
function ancestors(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
