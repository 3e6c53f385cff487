import { secretForms } from './secret-forms.ts'
import { SecretSearch } from './secret-search.ts'
import { redacted } from './stars.ts'

const stars = Buffer.from(redacted)
const nothing = Buffer.alloc(0)

/**
 * Replaces every secret in a stream by `*****`, in each of its forms (`secretForms`), wherever the stream is cut. At each place the
 * longest form counts, and forms that overlap become one `*****`: no part of a secret is left. Bytes are held back only while
 * they are the beginning of a form. Secrets of less than four bytes are not masked.
 */
export class Redactor {
  readonly #forms = new Map<string, Buffer>()
  /** Null: to be made anew, because there are more forms. */
  #found: SecretSearch | null = null
  /** Bytes that may be the beginning of a secret. */
  #held: Buffer = nothing
  /** How many of them belong to a secret that is masked already. */
  #covered = 0

  constructor(secrets: readonly string[]) {
    this.learn(secrets)
  }

  /** Masks these, too, from here on: after a `flush`, or bytes that are held back would be judged by them. */
  learn(secrets: readonly string[]): void {
    for (const form of secrets.flatMap(secretForms)) this.#forms.set(form.toString('latin1'), form)
    this.#found = null
  }

  /** What is certain of the output after this chunk. It may be the chunk itself, which is not to be changed afterwards. */
  write(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length === 0 ? view(chunk) : Buffer.concat([this.#held, chunk])
    return this.#mask(bytes, this.#search.unfinishedAt(bytes))
  }

  /** What is held back, at a point in the stream that no secret spans. The stream may go on. */
  flush(): Uint8Array {
    return this.#mask(this.#held, this.#held.length)
  }

  get #search(): SecretSearch {
    this.#found ??= new SecretSearch([...this.#forms.values()])
    return this.#found
  }

  /** What is held back, at the end of the stream. */
  end(): Uint8Array {
    return this.flush()
  }

  /** Masks what begins in `bytes` before `to`, and holds back the rest. */
  #mask(bytes: Buffer, to: number): Uint8Array {
    const pieces: Uint8Array[] = []
    const search = this.#search
    let covered = this.#covered
    for (let at = search.find(bytes, 0, to); at >= 0; at = search.find(bytes, at + 1, to)) {
      if (at >= covered) pieces.push(bytes.subarray(covered, at), stars)
      covered = Math.max(covered, at + search.lengthAt(bytes, at))
    }
    if (covered < to) pieces.push(bytes.subarray(covered, to))
    this.#held = to === bytes.length ? nothing : Buffer.from(bytes.subarray(to))
    this.#covered = Math.max(0, covered - to)
    return pieces.length === 1 ? (pieces[0] ?? nothing) : Buffer.concat(pieces)
  }
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
