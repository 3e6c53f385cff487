import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CannotStart } from '../base/cannot-start.ts'

/** What is where in the data directory. */
export interface DataDirectory {
  readonly path: string
  readonly lock: string
  readonly database: string
  readonly objects: string
  readonly keys: string
  readonly masterKey: string
  readonly profile: string
}

const problems: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is not a directory',
  EEXIST: 'it is not a directory',
}

/** What is where in a data directory that is there, or is to be. */
export function placesIn(path: string): DataDirectory {
  const at = (name: string) => join(path, name)
  return {
    path,
    lock: at('lock.sqlite'),
    database: at('mothership.sqlite'),
    objects: at('objects'),
    keys: at('keys'),
    masterKey: at('master.key'),
    profile: at('profile.json'),
  }
}

/** Makes the directory if it is not there, for this user alone, and tries whether it can be written to. Rejects with CannotStart. */
export async function prepareDataDirectory(path: string): Promise<DataDirectory> {
  const probe = join(path, '.writable')
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await writeDurably(probe, 'x'.repeat(4096))
    await rm(probe)
  } catch (error) {
    const problem = problems[(error as NodeJS.ErrnoException).code ?? '']
    if (problem === undefined) throw error
    throw new CannotStart(`data directory ${path}: ${problem}; choose another one by --data, or correct it`, {
      cause: error,
    })
  }
  return placesIn(path)
}

/** Writes a file that this user alone can read, and syncs it. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Replaces a file as a whole or not at all. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeDurably(`${path}.new`, text)
  await rename(`${path}.new`, path)
}
