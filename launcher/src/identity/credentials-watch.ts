import { createHash } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { readTexts, type CredentialSource, type SourceTexts } from './credential-source.ts'
import { readCredentials, type Credentials } from './credentials.ts'

export interface CredentialsWatchOptions {
  readonly source: CredentialSource
  /** The texts that are in use. */
  readonly inUse: SourceTexts
  readonly clock: Clock
  /** Another pair that can be used. */
  readonly changed: (credentials: Credentials) => void
  /** Another pair that cannot, and why; the one in use stays. Said once for as long as it is the same. */
  readonly refused: (problems: readonly string[]) => void
}

/**
 * How often the files are read. A kubelet brings a changed Secret after a minute or so, so that these few seconds add nothing to see. They are
 * read rather than watched: a Secret's volume changes by a symbolic link beside the file, and a network file system tells nobody.
 */
export const lookEveryMs = 5_000

/**
 * Reads token and key again and again, until the signal is aborted; then it resolves. What is found must be the same at two looks before it
 * counts, because the two files may be replaced one after the other, or be half written.
 */
export async function watchCredentials(options: CredentialsWatchOptions, signal: AbortSignal): Promise<void> {
  const { source, clock } = options
  const judge = new Judge(options)
  while (!signal.aborted) {
    await clock.sleep(lookEveryMs, signal).catch(() => {})
    if (!signal.aborted) judge.look(await readTexts(source))
  }
}

/** What was seen so far. */
class Judge {
  readonly #options: CredentialsWatchOptions
  #inUse: string
  #last: string
  #said = ''

  constructor(options: CredentialsWatchOptions) {
    this.#options = options
    this.#inUse = keyOf(options.inUse)
    this.#last = this.#inUse
  }

  look(now: SourceTexts): void {
    const seen = keyOf(now)
    const settled = seen === this.#last
    this.#last = seen
    if (seen === this.#inUse) this.#said = ''
    else if (settled) this.#judge(now, seen)
  }

  #judge({ texts, problems }: SourceTexts, seen: string): void {
    const read = readCredentials(texts, this.#options.clock.now())
    const found = [...problems, ...read.problems]
    if (read.credentials && found.length === 0) {
      this.#inUse = seen
      this.#said = ''
      return this.#options.changed(read.credentials)
    }
    // Judged at every look, because a certificate that is not valid yet will be; said when there is something new to say.
    const said = JSON.stringify(found)
    if (said !== this.#said) this.#options.refused(found)
    this.#said = said
  }
}

/** Tells one look from another without keeping what was seen. */
function keyOf({ texts, problems }: SourceTexts): string {
  return createHash('sha256')
    .update(JSON.stringify([texts.token, texts.privateKey, problems]))
    .digest('hex')
}
