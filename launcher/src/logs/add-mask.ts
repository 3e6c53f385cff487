/** Longest line of a command, in bytes. What is longer is not read to its end, and not shown either. */
export const maxCommandBytes = 64 * 1024

const opening = Buffer.from('::add-mask')
/** What a command's line begins with behind another one: few lines do, and so short a text is found six times as fast as all of it. */
const rareStart = '\n::'
const newline = 0x0a
const nothing: Buffer = Buffer.alloc(0)

/** A piece of a stream: bytes that are no command, or the words of one. `cut`: its line was longer than is read. */
export type AddMaskPiece =
  | { readonly text: Uint8Array }
  | { readonly words: readonly string[]; readonly cut: boolean; readonly ended: boolean }

/**
 * Finds the lines `::add-mask WORD...` in a stream, however it is cut: what a run prints so is to be masked from the next line
 * on. Holds back bytes only while the line that they begin may be such a line.
 */
export class AddMaskReader {
  #held: Buffer = nothing
  /** Whether the next byte begins a line. */
  #fresh = true
  /** Whether the rest of the line belongs to a command that was too long. */
  #skipping = false

  /** The pieces that are certain with this chunk, in order. Texts are views of the chunk where that is possible. */
  read(chunk: Uint8Array): AddMaskPiece[] {
    const bytes = this.#held.length === 0 ? view(chunk) : Buffer.concat([this.#held, chunk])
    const pieces: AddMaskPiece[] = []
    let from = this.#skipping ? this.#skip(bytes) : 0
    while (from < bytes.length) {
      const next = this.#fresh ? this.#command(bytes, from, pieces) : this.#text(bytes, from, pieces)
      if (next === null) break
      from = next
    }
    this.#held = from < bytes.length ? Buffer.from(bytes.subarray(from)) : nothing
    return pieces
  }

  /** What was held back, at a point at which a line ends whatever was printed last. The stream may go on. */
  end(): AddMaskPiece[] {
    const held = this.#held
    this.#held = nothing
    this.#fresh = true
    this.#skipping = false
    if (held.length === 0) return []
    return isCommand(held) ? [{ words: wordsOf(held), cut: false, ended: false }] : [{ text: held }]
  }

  /** At the beginning of a line: where it goes on behind a command; null if that is not certain yet. */
  #command(bytes: Buffer, from: number, pieces: AddMaskPiece[]): number | null {
    const rest = bytes.subarray(from)
    if (rest.length <= opening.length && rest.equals(opening.subarray(0, rest.length))) return null
    if (!isCommand(rest)) {
      this.#fresh = false
      return from
    }
    const end = rest.indexOf(newline)
    const isLong = end > maxCommandBytes || (end < 0 && rest.length > maxCommandBytes)
    if (end < 0 && !isLong) return null
    const line = rest.subarray(0, isLong ? maxCommandBytes : end)
    pieces.push({ words: wordsOf(line), cut: isLong, ended: true })
    this.#skipping = isLong
    return isLong ? from + this.#skip(rest) : from + end + 1
  }

  /** In a line that is none: passes on everything up to the next line that may be a command. */
  #text(bytes: Buffer, from: number, pieces: AddMaskPiece[]): number {
    let at = bytes.indexOf(rareStart, from)
    while (at >= 0 && !beginsWith(bytes, at + 1)) at = bytes.indexOf(rareStart, at + 1)
    const end = at >= 0 ? at + 1 : endOfText(bytes)
    this.#fresh = bytes[end - 1] === newline
    pieces.push({ text: bytes.subarray(from, end) })
    return end
  }

  /** Leaves out the rest of a line; answers how much of the bytes that is. */
  #skip(bytes: Buffer): number {
    const end = bytes.indexOf(newline)
    this.#skipping = end < 0
    this.#fresh = true
    return end < 0 ? bytes.length : end + 1
  }
}

/** Where the beginning of a command may stand at the end; the length if there is none. */
function endOfText(bytes: Buffer): number {
  const line = bytes.lastIndexOf(newline) + 1
  if (line === 0 || bytes.length - line > opening.length) return bytes.length
  return opening.subarray(0, bytes.length - line).equals(bytes.subarray(line)) ? line : bytes.length
}

function beginsWith(bytes: Buffer, at: number): boolean {
  return bytes.subarray(at, at + opening.length).equals(opening)
}

/** Whether a line is a command: its name, and then white space or nothing. */
function isCommand(line: Buffer): boolean {
  if (!beginsWith(line, 0)) return false
  const next = line[opening.length]
  return next === undefined || next <= 0x20
}

function wordsOf(line: Buffer): string[] {
  const text = line.subarray(opening.length).toString('utf8')
  return text.split(/\s+/).filter((word) => word !== '')
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
