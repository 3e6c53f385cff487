import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isMissing, onDisk } from './disk-fault.ts'
import { keyPath } from './key-path.ts'
import type { Objects, StoredObject } from './objects.ts'
import { partialDirectory } from './partial-directory.ts'

/**
 * Objects as files below a directory; only this user can read them. A new object is written beside, synced, and renamed into its place,
 * and then the directory is synced: after a power cut there is the old one or the new one. An object cannot be at a key that is
 * also the first part of another's.
 */
export class DirectoryObjects implements Objects {
  readonly #root: string

  /** `root` is made with the first object. */
  constructor(root: string) {
    this.#root = root
  }

  /** Removes what a crash left half-written. To be called before the first `put`. */
  async recover(): Promise<void> {
    await rm(join(this.#root, partialDirectory), { recursive: true, force: true })
  }

  async put(key: string, content: Readable): Promise<StoredObject> {
    // It may break before anybody reads it, as a connection does; the reader is told then, and nobody needs to be told now.
    content.on('error', () => {})
    const path = keyPath(this.#root, key)
    const partial = join(this.#root, partialDirectory, randomUUID())
    return onDisk(`storing ${key}`, async () => {
      await makeDirectory(dirname(partial))
      try {
        const stored = await writeWhole(partial, content)
        await makeDirectory(dirname(path))
        await rename(partial, path)
        await syncDirectory(dirname(path))
        return stored
      } catch (error) {
        content.destroy()
        await rm(partial, { force: true })
        throw error
      }
    })
  }

  async append(key: string, offset: number, bytes: Uint8Array): Promise<number> {
    const path = keyPath(this.#root, key)
    return onDisk(`appending to ${key}`, async () => {
      const file = offset === 0 ? await openOrCreate(path) : await open(path, 'r+')
      try {
        const { size } = await file.stat()
        if (size < offset) throw new Error(`object ${key} has ${size} bytes, not the ${offset} that are to be there`)
        if (size > offset) await file.truncate(offset)
        await writeAll(file, bytes, offset)
        await file.datasync()
        return offset + bytes.byteLength
      } finally {
        await file.close()
      }
    })
  }

  async read(key: string, range: { readonly start?: number; readonly end?: number } = {}): Promise<Readable | null> {
    const file = await this.#open(key)
    if (!file) return null
    const { size } = await file.stat()
    const start = range.start ?? 0
    const end = Math.min(range.end ?? size, size)
    if (start < end) return file.createReadStream({ start, end: end - 1 })
    await file.close()
    return Readable.from([])
  }

  async length(key: string): Promise<number | null> {
    const file = await this.#open(key)
    if (!file) return null
    try {
      return (await file.stat()).size
    } finally {
      await file.close()
    }
  }

  async remove(key: string): Promise<void> {
    const path = keyPath(this.#root, key)
    await onDisk(`removing ${key}`, () => rm(path, { force: true }))
  }

  /** The file, or null if there is no such object. */
  async #open(key: string): Promise<FileHandle | null> {
    const path = keyPath(this.#root, key)
    const file = await onDisk(`reading ${key}`, () => open(path, 'r').catch(nullIfMissing))
    if (!file || (await file.stat()).isFile()) return file
    await file.close()
    return null
  }
}

function nullIfMissing(error: unknown): null {
  if (isMissing(error)) return null
  throw error
}

async function writeWhole(path: string, content: Readable): Promise<StoredObject> {
  const file = await open(path, 'wx', 0o600)
  const digest = createHash('sha256')
  let length = 0
  try {
    await pipeline(content, async (chunks: AsyncIterable<Uint8Array | string>) => {
      for await (const chunk of chunks) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk
        digest.update(bytes)
        await writeAll(file, bytes, length)
        length += bytes.byteLength
      }
    })
    await file.sync()
  } finally {
    await file.close()
  }
  return { length, sha256: digest.digest('hex') }
}

/** The file for an append at the beginning. A new one is entered in its directory for good. */
async function openOrCreate(path: string): Promise<FileHandle> {
  const present = await open(path, 'r+').catch(nullIfMissing)
  if (present) return present
  await makeDirectory(dirname(path))
  const file = await open(path, 'wx+', 0o600)
  await syncDirectory(dirname(path))
  return file
}

/** One `write` may take less than it is given, as when the disk gets full. */
async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, offset + done)
    done += bytesWritten
  }
}

/** Makes a directory and syncs the one that the first new part stands in. */
async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  for (let made = path; first !== undefined && made.length >= first.length; made = dirname(made)) {
    await syncDirectory(dirname(made))
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
