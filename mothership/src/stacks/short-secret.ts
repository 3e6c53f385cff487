import { minSecretBytes } from '../../../protocol/job.ts'
import type { Reading } from './reading.ts'

/** A secret that no log could be masked for is refused where it is entered. Nothing at all is no secret. */
export function refuseShortSecret(reading: Reading, place: string, secret: string): void {
  const bytes = Buffer.byteLength(secret.trim())
  if (secret === '' || bytes >= minSecretBytes) return
  const why = `so short a text is part of too many words to be masked in logs`
  reading.refuse(place, `a secret needs at least ${minSecretBytes} bytes: ${why}`)
}
