import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, open, readFile } from 'node:fs/promises'
import { Refusal } from '../base/errors.ts'

const keyBytes = 32

/**
 * Reads the master key, or makes it at the first start (32 random bytes, mode 0600). `databasePath`: the database that is sealed under
 * it. A missing key beside a database is refused: a new one could not open anything that is in there. Rejects with a Refusal.
 */
export async function openMasterKey(path: string, databasePath: string): Promise<Uint8Array> {
  const present = await readIfThere(path)
  if (present?.length === keyBytes) return present
  if (present) {
    throw new Refusal('conflict', `master key ${path}: expected ${keyBytes} bytes, found ${present.length}`)
  }
  if (await exists(databasePath)) {
    const advice = 'put the key back from where it was kept, or begin anew with an empty directory'
    throw new Refusal('conflict', `master key ${path} is missing, but ${databasePath} was sealed under it: ${advice}`)
  }
  return makeKey(path)
}

async function makeKey(path: string): Promise<Uint8Array> {
  const key = randomBytes(keyBytes)
  const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
  try {
    await file.writeFile(key)
    await file.sync()
  } finally {
    await file.close()
  }
  return key
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
