import { Type } from 'typebox'

/** A ULID in its canonical form: 26 characters of Crockford's base 32 (https://github.com/ulid/spec). Names pools, workers, runs and jobs. */
export const Ulid = Type.String({ pattern: '^[0-7][0-9A-HJKMNP-TV-Z]{25}$' })

const ulidPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** Whether a text is a ULID, and so may stand in a path or a topic. */
export function isUlid(text: string): boolean {
  return ulidPattern.test(text)
}

/** A stack's name in URLs and file names. */
export const stackIdPattern = '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$'

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const Timestamp = Type.Integer({ minimum: 0 })

/** Lower-case hexadecimal SHA-256. */
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
