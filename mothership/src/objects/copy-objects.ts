import { copyFile, mkdir, readdir, stat, utimes } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { isMissing } from './disk-fault.ts'
import { partialDirectory } from './partial-directory.ts'

/** From where to where objects are copied. */
export interface ObjectsCopy {
  readonly from: string
  readonly to: string
  readonly signal: AbortSignal
}

/**
 * Copies the objects below one root to another, but for those that are there already, and answers how many bytes that were. An object is
 * replaced as a whole or grows at its end, so its length and time say whether it has changed. One that is removed meanwhile is left out,
 * and what is half-written is nobody's object. Rejects with the signal's reason, or with the system's error.
 */
export async function copyObjects({ from, to, signal }: ObjectsCopy): Promise<number> {
  let bytes = 0
  for (const path of await objectsIn(from)) {
    signal.throwIfAborted()
    bytes += await copyChanged(join(from, path), join(to, path))
  }
  return bytes
}

async function objectsIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  return paths.filter((path) => !path.startsWith(partialDirectory))
}

async function copyChanged(from: string, to: string): Promise<number> {
  try {
    // Before the copy: what comes meanwhile is another length at the next look.
    const { size, mtime } = await stat(from)
    const present = await stat(to).catch(() => null)
    if (present?.size === size && present.mtimeMs === mtime.getTime()) return 0
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    await copyFile(from, to)
    await utimes(to, mtime, mtime)
    return size
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}
