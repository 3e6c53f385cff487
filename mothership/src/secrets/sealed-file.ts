import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Secrets } from './secrets.ts'

/** Where files are kept, and what they are sealed with. */
export interface SealedPlace {
  /** Made if it is not there. */
  readonly directory: string
  readonly secrets: Secrets
}

/** Reads the sealed file of this name; null if there is none. Rejects with `EnvelopeRefused` if it does not open. */
export async function loadSealed(place: SealedPlace, name: string): Promise<string | null> {
  try {
    return place.secrets.open(await readFile(join(place.directory, name), 'utf8'), name)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Writes a text, sealed, as a whole or not at all. Only this user can read the file, and it is there after a power cut. */
export async function saveSealed(place: SealedPlace, name: string, text: string): Promise<void> {
  await mkdir(place.directory, { recursive: true, mode: 0o700 })
  const path = join(place.directory, name)
  await synced(`${path}.new`, 'w', (file) => file.writeFile(place.secrets.seal(text, name)))
  await rename(`${path}.new`, path)
  await synced(place.directory, 'r', async () => {})
}

type OpenFile = Awaited<ReturnType<typeof open>>

async function synced(path: string, flags: string, work: (file: OpenFile) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    await work(file)
    await file.sync()
  } finally {
    await file.close()
  }
}
