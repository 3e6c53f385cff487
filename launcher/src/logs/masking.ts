import { minSecretBytes } from '../../../protocol/job.ts'
import { AddMaskReader, maxCommandBytes, type AddMaskPiece } from './add-mask.ts'
import { Redactor } from './redactor.ts'
import { redacted } from './stars.ts'
import { WellKnownMask } from './well-known.ts'

/** Most words that a run can have masked by commands in its output, and most bytes of them. */
export const maxWords = 1000
export const maxWordsBytes = 1024 * 1024

export interface MaskingParts {
  /** Masked from the beginning. */
  readonly secrets: readonly string[]
  /** Whether secrets that can be known by their form are masked, too. */
  readonly wellKnown: boolean
  /** Begins a line of the launcher's own. */
  readonly prefix: string
}

/**
 * Masks a stream: secrets in all their forms, the words of `::add-mask` commands from the next line on, and what has a well-known
 * form. The output depends on the bytes alone and not on how they are cut, so a log can be made again from its stream.
 */
export class Masking {
  readonly #parts: MaskingParts
  readonly #commands = new AddMaskReader()
  readonly #redactor: Redactor
  /** Lines of the launcher's own are whole when they come, so they are masked by themselves. */
  readonly #lines: Redactor
  readonly #wellKnown: WellKnownMask | null
  readonly #words = new Set<string>()
  #wordsBytes = 0

  constructor(parts: MaskingParts) {
    this.#parts = parts
    this.#redactor = new Redactor(parts.secrets)
    this.#lines = new Redactor(parts.secrets)
    this.#wellKnown = parts.wellKnown ? new WellKnownMask() : null
  }

  /** What is certain of the output after this chunk. It may be the chunk itself, which is not to be changed afterwards. */
  write(chunk: Uint8Array): Uint8Array {
    const masked = this.#known(this.#commands.read(chunk))
    return this.#wellKnown ? this.#wellKnown.write(masked) : masked
  }

  /** What is held back, at a point in the stream at which a line ends and that no secret spans. The stream may go on. */
  flush(): Uint8Array {
    const masked = joined([this.#known(this.#commands.end()), this.#redactor.flush()])
    return this.#wellKnown ? joined([this.#wellKnown.write(masked), this.#wellKnown.flush()]) : masked
  }

  /** Masks these, too, from here on: after a `flush`. */
  learn(secrets: readonly string[]): void {
    this.#redactor.learn(secrets)
    this.#lines.learn(secrets)
  }

  /** A text of the launcher's own, masked by what is known now. */
  line(text: Uint8Array): Uint8Array {
    const masked = joined([this.#lines.write(text), this.#lines.flush()])
    if (!this.#parts.wellKnown) return masked
    const wellKnown = new WellKnownMask()
    return joined([wellKnown.write(masked), wellKnown.flush()])
  }

  #known(pieces: readonly AddMaskPiece[]): Uint8Array {
    const [only] = pieces
    if (pieces.length === 1 && only && 'text' in only) return this.#redactor.write(only.text)
    return joined(
      pieces.flatMap((piece) =>
        'text' in piece
          ? [this.#redactor.write(piece.text)]
          : [this.#redactor.flush(), Buffer.from(this.#learn(piece.words, piece))],
      ),
    )
  }

  /** Answers what stands in the place of the command. */
  #learn(words: readonly string[], { cut, ended }: { readonly cut: boolean; readonly ended: boolean }): string {
    const long = words.filter((word) => Buffer.byteLength(word) >= minSecretBytes)
    const taken = long.filter((word) => this.#take(word))
    if (taken.length > 0) this.learn(taken)
    const refused = refusals({ short: words.length - long.length, many: long.length - taken.length, cut })
    const notes = refused.map((note) => `${this.#parts.prefix}::add-mask: ${note}\n`)
    const command = ['::add-mask', ...words.map(() => redacted)].join(' ')
    return `${command}${ended || notes.length > 0 ? '\n' : ''}${notes.join('')}`
  }

  #take(word: string): boolean {
    if (this.#words.has(word)) return true
    const bytes = Buffer.byteLength(word)
    if (this.#words.size >= maxWords || this.#wordsBytes + bytes > maxWordsBytes) return false
    this.#words.add(word)
    this.#wordsBytes += bytes
    return true
  }
}

/** What was not done of a command. */
function refusals({ short, many, cut }: { short: number; many: number; cut: boolean }): string[] {
  const bounds = `${maxWords} words or ${maxWordsBytes} bytes`
  return [
    ...(short > 0 ? [`${counted(short)} shorter than ${minSecretBytes} bytes and not masked`] : []),
    ...(many > 0 ? [`${counted(many)} too many and not masked: a run can mask at most ${bounds}`] : []),
    ...(cut ? [`the line is longer than ${maxCommandBytes} bytes: what follows them is not masked`] : []),
  ]
}

function counted(words: number): string {
  return words === 1 ? '1 word is' : `${words} words are`
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  return parts.length === 1 && only ? only : Buffer.concat(parts)
}
