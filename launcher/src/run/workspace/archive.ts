import { posix } from 'node:path'
import type { ReadEntry, Unpack as Unpacker } from 'tar'
import type { LauncherError } from '../../base/errors.ts'
import { DeferredEntries } from './deferred-entries.ts'
import { wholeHeaders } from './tar-headers.ts'
import type { Owner } from './directories.ts'

export interface UnpackOptions {
  /** An empty directory that exists. */
  readonly into: string
  readonly owner: Owner
  /**
   * `inside`: a symbolic link that points out of the archive is refused. `any`: it is kept as it is, and never followed
   * here.
   */
  readonly symlinks: 'inside' | 'any'
  /** Makes the error of a refused archive out of a sentence. */
  readonly refuse: (why: string) => LauncherError
}

/** More than any source or workspace that is in earnest; an archive that unpacks to more is a bomb. */
export const maxEntries = 2_000_000
export const maxUnpackedBytes = 200 * 1024 ** 3

const fileTypes = new Set(['File', 'OldFile', 'ContiguousFile'])

/**
 * Unpacks a tar. Every entry is looked at before anything of it is written: one that leaves the directory, a hard link
 * to anything but a file of the same archive, a device, and a symbolic link that `symlinks` forbids refuse the whole
 * archive. Symbolic links are made after everything else, so that nothing can be written through one.
 */
export async function unpackTar(tar: AsyncIterable<Uint8Array>, options: UnpackOptions): Promise<void> {
  const { Unpack } = await archiver()
  const deferred = new DeferredEntries(options)
  const gate = new Gate(options)
  const unpack = new Unpack({
    cwd: options.into,
    strict: true,
    chmod: true,
    processUmask: 0,
    uid: options.owner.uid,
    gid: options.owner.gid,
    filter: (path, entry) => {
      const refusal = gate.refusal(entry as ReadEntry)
      if (refusal !== null) {
        // Thrown here it would be lost in the parser; an abort reaches whoever feeds it.
        unpack.abort(options.refuse(`${refusal}: ${JSON.stringify(path)}`))
        return false
      }
      return deferred.passes(entry as ReadEntry)
    },
  })
  try {
    await feed(wholeHeaders(tar), unpack)
  } catch (error) {
    throw gate.refused ?? (isTarError(error) ? options.refuse('it is not a whole tar archive') : error)
  }
  await deferred.finish()
}

/**
 * Writes bytes into a parser to its end. Node's `pipeline` waits for ever if the parser has finished before it is
 * asked, as short archives do.
 */
async function feed(pieces: AsyncIterable<Uint8Array>, unpack: Unpacker): Promise<void> {
  const done = Promise.withResolvers<void>()
  done.promise.catch(() => {})
  unpack.once('finish', () => done.resolve())
  unpack.on('error', (error) => done.reject(error))
  try {
    for await (const piece of pieces) {
      if (unpack.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))) continue
      const drained = new Promise<void>((resolve) => void unpack.once('drain', () => resolve()))
      await Promise.race([drained, done.promise])
    }
  } catch (error) {
    // Not with the error itself: the parser writes its own codes into what it is given.
    unpack.abort(new Error('the bytes ended early'))
    throw error
  }
  unpack.end()
  await done.promise
}

/** tar's own refusals carry its code; a failed system call carries the system's. */
function isTarError(error: unknown): boolean {
  return error instanceof Error && !('syscall' in error) && 'tarCode' in error
}

/** Decides about the entries of one archive, in their order. */
class Gate {
  readonly #options: UnpackOptions
  readonly #files = new Set<string>()
  #entries = 0
  #bytes = 0
  refused: LauncherError | null = null

  constructor(options: UnpackOptions) {
    this.#options = options
  }

  /** Why an entry may not be unpacked, or null. */
  refusal(entry: ReadEntry): string | null {
    const why = this.#judge(entry)
    if (why !== null) this.refused ??= this.#options.refuse(`${why}: ${JSON.stringify(entry.path)}`)
    return why
  }

  #judge(entry: ReadEntry): string | null {
    this.#entries++
    this.#bytes += entry.size
    if (this.#entries > maxEntries || this.#bytes > maxUnpackedBytes) return 'it unpacks to more than is allowed'
    if (leaves(entry.path)) return 'an entry leaves the directory'
    if (fileTypes.has(entry.type)) {
      this.#files.add(posix.normalize(entry.path))
      return null
    }
    return entry.type === 'Directory' ? null : this.#judgeLink(entry)
  }

  #judgeLink({ type, path, linkpath = '' }: ReadEntry): string | null {
    if (type === 'Link')
      return this.#files.has(posix.normalize(linkpath)) ? null : 'a hard link points to no file of the archive'
    if (type !== 'SymbolicLink') return 'an entry is neither file, directory nor link'
    if (this.#options.symlinks === 'any') return null
    const leads = linkpath.startsWith('/') || leaves(posix.join(posix.dirname(path), linkpath))
    return leads ? 'a symbolic link leads out of the directory' : null
  }
}

/** Whether a path of an archive is absolute, or climbs above the directory. */
function leaves(path: string): boolean {
  const normal = posix.normalize(path)
  return path.startsWith('/') || normal === '..' || normal.startsWith('../') || path.split('/').includes('..')
}

/** A directory's content as a tar (pax), with modes, times and links as they are. Sockets and pipes are left out. */
export async function* packTar(directory: string): AsyncIterable<Uint8Array> {
  const { create } = await archiver()
  yield* create({ cwd: directory, portable: false, gzip: false }, ['.']) as AsyncIterable<Uint8Array>
}

/** Loaded by who needs it: a launcher without a job does not. */
const archiver = () => import('tar')
