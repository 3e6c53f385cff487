import { createHash } from 'node:crypto'
import { LauncherError } from '../../base/errors.ts'

/** What a download must be. */
export interface Expected {
  readonly length: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/**
 * The same bytes; the end comes only if they are what was expected. Rejects with SOURCE_UNREACHABLE, which can be tried
 * again, if the stream breaks off or its bytes are others.
 */
export async function* verified(bytes: AsyncIterable<Uint8Array>, expected: Expected): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256')
  let length = 0
  for await (const piece of whole(bytes)) {
    length += piece.byteLength
    if (length > expected.length) break
    digest.update(piece)
    yield piece
  }
  const sha256 = digest.digest('hex')
  if (length === expected.length && sha256 === expected.sha256) return
  const came =
    length === expected.length ? `others (SHA-256 ${sha256})` : `${length > expected.length ? 'more' : length}`
  throw new LauncherError(
    'SOURCE_UNREACHABLE',
    `The download should have had ${expected.length} bytes (SHA-256 ${expected.sha256}), but came with ${came}.`,
  )
}

async function* whole(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (cause) {
    throw new LauncherError('SOURCE_UNREACHABLE', 'The download broke off.', { cause })
  }
}
