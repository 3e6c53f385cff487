import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { isAlive, thisProcess, type ProcessIdentity } from './identity.ts'

/** A file that names the one process that may use what it stands for. */
export interface Lock {
  release(): Promise<void>
}

/**
 * Takes a lock file for this process, also from an owner that has ended. Answers the owner instead if there is one. Linking
 * a finished file into place is atomic, so that no reader ever sees half of it.
 */
export async function takeLock(file: string): Promise<Lock | ProcessIdentity> {
  const me = thisProcess()
  const fresh = `${file}.${me.pid}`
  await writeFile(fresh, JSON.stringify(me))
  try {
    for (;;) {
      if (await linked(fresh, file)) return { release: () => rm(file, { force: true }) }
      const owner = await ownerOf(file)
      if (owner && isAlive(owner)) return owner
      await rm(file, { force: true })
    }
  } finally {
    await rm(fresh, { force: true })
  }
}

/** Whether `takeLock` got it. */
export function isLock(answer: Lock | ProcessIdentity): answer is Lock {
  return 'release' in answer
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function ownerOf(file: string): Promise<ProcessIdentity | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity
  } catch {
    return null
  }
}
