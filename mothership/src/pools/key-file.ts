import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Secrets } from '../secrets/secrets.ts'

/** Where keys are kept, and how they are sealed. `now` in milliseconds since 1970. */
export interface KeyPlace {
  /** Made if it is not there. */
  readonly directory: string
  readonly secrets: Secrets
  readonly now: number
}

/** A private key (PEM, PKCS #8) and its certificate (PEM). */
export interface Pair {
  readonly key: string
  readonly certificate: string
}

/** Reads the sealed pair of this name; null if there is none. Rejects with `EnvelopeRefused` if it does not open. */
export async function loadPair(place: KeyPlace, name: string): Promise<Pair | null> {
  try {
    const sealed = await readFile(join(place.directory, name), 'utf8')
    return JSON.parse(place.secrets.open(sealed, name)) as Pair
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Writes a pair, sealed, as a whole or not at all. Only this user can read the file, and it is there after a power cut. */
export async function savePair(place: KeyPlace, name: string, pair: Pair): Promise<void> {
  await mkdir(place.directory, { recursive: true, mode: 0o700 })
  const path = join(place.directory, name)
  await synced(`${path}.new`, 'w', (file) => file.writeFile(place.secrets.seal(JSON.stringify(pair), name)))
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
