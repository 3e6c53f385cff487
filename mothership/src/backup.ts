import { copyFile, cp, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { CannotStart } from './base/cannot-start.ts'
import { copyObjects } from './objects/copy-objects.ts'
import { placesIn, replaceFile, type DataDirectory } from './serve/data-directory.ts'
import { copyDatabase } from './store/copy-database.ts'

/** What is backed up, and to where. */
export interface BackupParts {
  /** The data directory of a mothership, which may be at work. */
  readonly data: string
  /** A directory that is not there yet. */
  readonly to: string
  /** Whether the master key goes along: what is sealed under it can be opened with it alone. */
  readonly withKey: boolean
  readonly version: string
  readonly now: number
  readonly signal: AbortSignal
}

/** What became of it. */
export interface Backup {
  readonly path: string
  readonly databaseBytes: number
  readonly objectBytes: number
  readonly masterKey: boolean
}

/**
 * Copies a data directory so that a mothership starts on the copy as it would after a crash at that moment. Objects are copied before the
 * database and once more after it: whatever the copy of the database knows of, was there at one of the two. The copy gets its name when
 * it is whole; what failed is removed. Rejects with CannotStart, with the signal's reason, or with the system's error.
 */
export async function backUp(parts: BackupParts): Promise<Backup> {
  const from = placesIn(resolve(parts.data))
  const path = resolve(parts.to)
  await refuseUnfit(from, path)
  const partial = `${path}.partial`
  await rm(partial, { recursive: true, force: true })
  try {
    await mkdir(partial, { mode: 0o700 })
    const copied = await copyAll(parts, from, placesIn(partial))
    const backup: Backup = { path, masterKey: parts.withKey, ...copied }
    const { version, now } = parts
    await replaceFile(
      join(partial, 'backup.json'),
      `${JSON.stringify({ version, at: now, ...copied, masterKey: parts.withKey })}\n`,
    )
    await syncTree(partial)
    await rename(partial, path)
    await syncPath(dirname(path))
    return backup
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}

async function refuseUnfit(from: DataDirectory, to: string): Promise<void> {
  if (!(await isThere(from.database)))
    throw new CannotStart(
      `--data ${from.path}: expected the data directory of a mothership, there is no ${from.database}`,
    )
  if (!relative(from.path, to).startsWith('..'))
    throw new CannotStart(`--to ${to}: expected a directory outside the data directory ${from.path}`)
  if (await isThere(to)) throw new CannotStart(`--to ${to}: expected a directory that is not there yet`)
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

async function copyAll(
  { withKey, signal }: BackupParts,
  from: DataDirectory,
  to: DataDirectory,
): Promise<Pick<Backup, 'databaseBytes' | 'objectBytes'>> {
  const objects = { from: from.objects, to: to.objects, signal }
  if (withKey) await copyFile(from.masterKey, to.masterKey)
  await cp(from.keys, to.keys, { recursive: true, preserveTimestamps: true })
  const first = await copyObjects(objects)
  copyDatabase(from.database, to.database)
  const objectBytes = first + (await copyObjects(objects))
  return { databaseBytes: (await stat(to.database)).size, objectBytes }
}

/** After a power cut there is all of it, or none. */
async function syncTree(root: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  for (const entry of entries) await syncPath(join(entry.parentPath, entry.name))
  await syncPath(root)
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
