import { constants } from 'node:fs'
import { lchown, lstat, mkdir, open, readFile, realpath, rm, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Owner } from './directories.ts'

/** A file to be put into a directory that a job's content may have shaped. */
export interface PlacedFile {
  /** Relative to the directory, with forward slashes. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly mode: number
}

/**
 * Why a file cannot be put at a path, or null. It must stay inside of the directory, also through symbolic links that
 * are there: the launcher may be root, and the links are the tenant's.
 */
export async function placeProblem(directory: string, path: string): Promise<string | null> {
  const problem = await wayProblem(directory, path)
  if (problem !== null) return problem
  const last = await lstat(join(directory, path)).catch(() => null)
  return last?.isDirectory() ? 'a directory is there' : null
}

/** The same for what is on the way to the path, whatever is at its end. */
export async function wayProblem(directory: string, path: string): Promise<string | null> {
  const parts = path.split('/')
  if (path === '' || path.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) {
    return 'it is not a plain relative path'
  }
  let at = directory
  for (const part of parts.slice(0, -1)) {
    at = join(at, part)
    const stats = await lstat(at).catch(() => null)
    if (stats === null) return null
    if (!stats.isDirectory()) return `${part} on its way is not a directory`
  }
  return null
}

/** Puts a file, in place of one that may be there. `placeProblem` was asked before. */
export async function placeFile(directory: string, file: PlacedFile, owner: Owner): Promise<void> {
  await makeParents(directory, file.path, owner)
  const path = join(directory, file.path)
  await rm(path, { force: true })
  const handle = await open(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  )
  try {
    await handle.writeFile(file.bytes)
    await handle.chmod(file.mode)
    const { uid, gid } = await handle.stat()
    if (uid !== owner.uid || gid !== owner.gid) await handle.chown(owner.uid, owner.gid)
  } finally {
    await handle.close()
  }
}

/** Makes what is missing on the way to a path. `wayProblem` was asked before. */
export async function makeParents(directory: string, path: string, owner: Owner): Promise<void> {
  let at = directory
  for (const part of path.split('/').slice(0, -1)) {
    at = join(at, part)
    if (await lstat(at).catch(() => null)) continue
    await mkdir(at, { mode: 0o755 })
    const { uid } = await lstat(at)
    if (uid !== owner.uid) await lchown(at, owner.uid, owner.gid)
  }
}

/**
 * The real directory behind a path of a directory, following links only as long as they stay inside; null if there is
 * none.
 */
export async function directoryInside(directory: string, path: string): Promise<string | null> {
  const real = await realInside(directory, path)
  return real !== null && (await stat(real)).isDirectory() ? real : null
}

/** The text of a file, by the same rule; null if there is none, or if it is longer than `maxBytes`. */
export async function textInside(directory: string, path: string, maxBytes: number): Promise<string | null> {
  const real = await realInside(directory, path)
  if (real === null) return null
  const stats = await stat(real)
  return stats.isFile() && stats.size <= maxBytes ? await readFile(real, 'utf8') : null
}

async function realInside(directory: string, path: string): Promise<string | null> {
  const root = await realpath(directory)
  const real = await realpath(join(root, path)).catch(() => null)
  return real === root || real?.startsWith(root + sep) ? real : null
}
