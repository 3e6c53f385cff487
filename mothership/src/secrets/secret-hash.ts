import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A secret for a session or a key: 256 random bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of a secret: lower-case hex SHA-256. No salt and no slow hash, because 256 random bits cannot be guessed. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex')
}

/** Whether a secret is the one that was hashed, in a time that does not depend on where they differ. */
export function isSecretOf(secret: string, hash: string): boolean {
  const known = Buffer.from(hash, 'hex')
  const given = createHash('sha256').update(secret, 'utf8').digest()
  return known.length === given.length && timingSafeEqual(known, given)
}
