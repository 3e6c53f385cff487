const newline = 0x0a

/** A line that the launcher put into a log, and the byte at which it stands. */
export interface OwnLine {
  readonly offset: number
  readonly text: string
}

/**
 * The places of the launcher's own lines in a log that is made again from the container's output: those that a predecessor wrote stand where they
 * stood, and new ones come at the first beginning of a line behind everything that the far end holds. So the bytes that it holds are made again
 * as they were, and none comes twice. Keeps places only, and writes nothing.
 */
export class Replay {
  readonly #lines: OwnLine[]
  readonly #held: number
  readonly #waiting: string[] = []

  /** `lines`: in the order of their places. `held`: how many bytes of the log the far end holds. */
  constructor(lines: readonly OwnLine[], held: number) {
    this.#lines = [...lines]
    this.#held = held
  }

  /** Whether nothing is left to be made again: then lines are written as they come. */
  isOver(length: number): boolean {
    return this.#lines.length === 0 && this.#waiting.length === 0 && length >= this.#held
  }

  /** A new line, for later. */
  wait(text: string): void {
    this.#waiting.push(text)
  }

  /** The predecessor's line that stands at the end of a log of this length, which then counts as written. */
  old(length: number): string | null {
    const next = this.#lines[0]
    if (!next || next.offset > length) return null
    this.#lines.shift()
    return next.text
  }

  /** The new line that comes now, which then counts as written. `fresh`: whether the next byte begins a line. */
  fresh(length: number, fresh: boolean): string | null {
    if (this.#lines.length > 0 || length < this.#held || !fresh) return null
    return this.#waiting.shift() ?? null
  }

  /** How many of these bytes, which follow a log of this length, come before the next line of the launcher's own. */
  before(length: number, bytes: Uint8Array): number {
    const next = this.#lines[0]
    if (next) return Math.min(bytes.length, Math.max(0, next.offset - length))
    if (this.#waiting.length === 0 || length + bytes.length < this.#held) return bytes.length
    const end = bytes.indexOf(newline, Math.max(0, this.#held - length - 1))
    return end < 0 ? bytes.length : end + 1
  }

  /** No more output comes: the lines that have no place any more, without those of a predecessor that the far end holds. */
  rest(): { readonly old: readonly string[]; readonly fresh: readonly string[] } {
    const old = this.#lines.splice(0).filter(({ offset }) => offset >= this.#held)
    return { old: old.map(({ text }) => text), fresh: this.#waiting.splice(0) }
  }
}
