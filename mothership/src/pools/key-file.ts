import { loadSealed, saveSealed, type SealedPlace } from '../secrets/sealed-file.ts'

/** Where keys are kept, and how they are sealed. `now` in milliseconds since 1970. */
export interface KeyPlace extends SealedPlace {
  readonly now: number
}

/** A private key (PEM, PKCS #8) and its certificate (PEM). */
export interface Pair {
  readonly key: string
  readonly certificate: string
}

/** Reads the sealed pair of this name; null if there is none. Rejects with `EnvelopeRefused` if it does not open. */
export async function loadPair(place: KeyPlace, name: string): Promise<Pair | null> {
  const text = await loadSealed(place, name)
  return text === null ? null : (JSON.parse(text) as Pair)
}

/** Writes a pair, sealed, as a whole or not at all. Only this user can read the file, and it is there after a power cut. */
export function savePair(place: KeyPlace, name: string, pair: Pair): Promise<void> {
  return saveSealed(place, name, JSON.stringify(pair))
}
