/**
 * Finds many texts at once, after Wu and Manber (A fast algorithm for multi-pattern searching, 1994): a window as long as the
 * shortest text moves over the bytes, and the two bytes at its end say how far it may jump. Most bytes are never looked at.
 */
export class SecretSearch {
  /** Length of the longest text; 0 if there is none. */
  readonly longest: number
  readonly #shortest: number
  /** By the last two bytes of the window: how far it may jump. 0: a text may begin where the window does. */
  readonly #jumps = new Uint8Array(65536)
  /** By two bytes: 1 if a text begins so. */
  readonly #begins = new Uint8Array(65536)
  /** By the first byte alone. */
  readonly #firstBytes = new Uint8Array(256)
  /** By the first two bytes: those texts, longest first. */
  readonly #texts = new Map<number, Buffer[]>()

  /** `texts`: each of two bytes at least. */
  constructor(texts: readonly Buffer[]) {
    const lengths = texts.map((text) => text.length)
    this.longest = Math.max(0, ...lengths)
    this.#shortest = Math.min(255, ...lengths)
    this.#jumps.fill(this.#shortest - 1)
    for (const text of texts) this.#add(text)
    for (const alike of this.#texts.values()) alike.sort((a, b) => b.length - a.length)
  }

  /** The first place in `[from, to)` where a text begins that `bytes` has all of, or -1. */
  find(bytes: Buffer, from: number, to: number): number {
    if (this.longest === 0) return -1
    const ahead = this.#shortest - 1
    const last = Math.min(to + ahead, bytes.length) - 1
    let end = from + ahead
    while (end <= last) {
      // Both are inside of `bytes`, and the table has every pair: none of the three is undefined.
      const jump = this.#jumps[((bytes[end - 1] as number) << 8) | (bytes[end] as number)] as number
      if (jump > 0) end += jump
      else if (this.lengthAt(bytes, end - ahead) > 0) return end - ahead
      else end++
    }
    return -1
  }

  /** Length of the longest text that stands at `at`; 0 if there is none. */
  lengthAt(bytes: Buffer, at: number): number {
    const key = pair(bytes, at)
    if (this.#begins[key] === 0) return 0
    const found = this.#texts.get(key)?.find((text) => text.equals(bytes.subarray(at, at + text.length)))
    return found?.length ?? 0
  }

  /** The first place from which the rest of `bytes` is the beginning of a longer text; `bytes.length` if there is none. */
  unfinishedAt(bytes: Buffer): number {
    const last = bytes.length - 1
    for (let at = Math.max(0, bytes.length - this.longest + 1); at < last; at++) {
      if (this.#begins[pair(bytes, at)] === 1 && this.#isUnfinished(bytes.subarray(at))) return at
    }
    return last >= 0 && this.#firstBytes[bytes[last] ?? 0] === 1 ? last : bytes.length
  }

  #isUnfinished(rest: Buffer): boolean {
    const alike = this.#texts.get(pair(rest, 0)) ?? []
    return alike.some((text) => text.length > rest.length && text.subarray(0, rest.length).equals(rest))
  }

  #add(text: Buffer): void {
    for (let end = 1; end < this.#shortest; end++) {
      const jump = this.#shortest - 1 - end
      const key = pair(text, end - 1)
      if (jump < (this.#jumps[key] ?? 0)) this.#jumps[key] = jump
    }
    const key = pair(text, 0)
    const alike = this.#texts.get(key)
    this.#begins[key] = 1
    this.#firstBytes[text[0] ?? 0] = 1
    if (alike) alike.push(text)
    else this.#texts.set(key, [text])
  }
}

/** Two bytes as one number. */
function pair(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
