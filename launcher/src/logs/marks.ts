/** Most bytes of text in a mark. */
export const maxMarkBytes = 1024

/** The byte before and after a mark: ASCII's record separator, which no program writes for people. */
const separator = 0x1e

/** A piece of a stream: bytes that pass through as they are, or the text of a mark. */
export type Piece = { readonly text: Uint8Array } | { readonly mark: string }

/**
 * Takes marks out of a stream, wherever they stand and however it is cut: `\x1e`, a word that only the writer of the marks
 * knows, a space, text of at most 1 KiB without `\x1e`, `\x1e`. What only looks like the beginning of a mark passes through.
 * It is held back until that is known: never more than a mark's length, and only if the last `\x1e` may begin one.
 */
export class MarkReader {
  readonly #opening: Buffer
  #held: Buffer = Buffer.alloc(0)

  /** `word`: at least one character, no `\x1e`. */
  constructor(word: string) {
    this.#opening = Buffer.from(`\x1e${word} `)
  }

  /** The pieces that end in this chunk, in order. Texts are views of the chunk where that is possible. */
  read(chunk: Uint8Array): Piece[] {
    const bytes = this.#held.length === 0 ? view(chunk) : Buffer.concat([this.#held, chunk])
    this.#held = bytes.subarray(0, 0)
    const pieces: Piece[] = []
    // Everything before `from` is in pieces, everything before `look` is known to begin no mark.
    let from = 0
    let look = bytes.indexOf(separator)
    while (look >= 0) {
      const end = this.#markEnd(bytes, look)
      if (end === 'undecided') {
        addText(pieces, bytes.subarray(from, look))
        this.#held = Buffer.from(bytes.subarray(look))
        return pieces
      }
      if (end !== 'none') {
        addText(pieces, bytes.subarray(from, look))
        pieces.push({ mark: bytes.toString('utf8', look + this.#opening.length, end) })
        from = end + 1
      }
      look = bytes.indexOf(separator, end === 'none' ? look + 1 : end + 1)
    }
    addText(pieces, bytes.subarray(from))
    return pieces
  }

  /** What was held back: no mark will come of it. */
  end(): Piece[] {
    const pieces: Piece[] = []
    addText(pieces, this.#held)
    this.#held = Buffer.alloc(0)
    return pieces
  }

  /** Where the mark that begins at `start` ends; `undecided` while bytes that say so are missing. */
  #markEnd(bytes: Buffer, start: number): number | 'none' | 'undecided' {
    const opening = bytes.subarray(start, start + this.#opening.length)
    if (!opening.equals(this.#opening.subarray(0, opening.length))) return 'none'
    const text = start + this.#opening.length
    const end = bytes.indexOf(separator, Math.min(text, bytes.length))
    if (end >= 0) return end - text <= maxMarkBytes ? end : 'none'
    return bytes.length - text > maxMarkBytes ? 'none' : 'undecided'
  }
}

function addText(pieces: Piece[], text: Uint8Array): void {
  if (text.length > 0) pieces.push({ text })
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
