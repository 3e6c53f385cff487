import { isKeyLine, keyFooter, keyHeader, keyLine, keyStart, maxKeyBytes } from './private-key.ts'
import { SecretSearch } from './secret-search.ts'
import { redacted } from './stars.ts'
import { anchors, azureAnchor, tokens, wordBytes } from './well-known-tokens.ts'

/** A word that is longer is looked at in parts of so many bytes, from its beginning. */
export const maxWordBytes = 16 * 1024

const stars = Buffer.from(redacted)
const nothing: Buffer = Buffer.alloc(0)
const keyAnchor = Buffer.from(keyStart)

/**
 * Replaces secrets that can be known by their form, however the stream is cut: tokens within a word, and private keys, from
 * their header to their end. Bytes are held back only while they are a word, or a line of a key, that is not over.
 */
export class WellKnownMask {
  readonly #search = new SecretSearch(anchors)
  #held: Buffer = nothing
  #out: Uint8Array[] = []
  /** The last part of a word that goes on ended in a token: the rest of it belongs to that. */
  #inToken = false
  /** How many bytes of a private key were left out since its header; null outside of one. */
  #key: number | null = null

  /** What is certain of the output after this chunk. It may be the chunk itself, which is not to be changed afterwards. */
  write(chunk: Uint8Array): Uint8Array {
    return this.#mask(this.#held.length === 0 ? view(chunk) : Buffer.concat([this.#held, chunk]), false)
  }

  /** What is held back, at a point in the stream that no secret spans. The stream may go on. */
  flush(): Uint8Array {
    const out = this.#mask(this.#held, true)
    this.#inToken = false
    this.#key = null
    return out
  }

  #mask(bytes: Buffer, isEnd: boolean): Uint8Array {
    let from = 0
    while (from < bytes.length) {
      const next = this.#step({ bytes, from, isEnd })
      if (next === null) break
      from = next
    }
    this.#held = from < bytes.length ? Buffer.from(bytes.subarray(from)) : nothing
    const out = this.#out
    this.#out = []
    return out.length === 1 ? (out[0] ?? nothing) : Buffer.concat(out)
  }

  /** Deals with what stands at `from`, and answers where the rest begins; null if too little of it is there. */
  #step(at: Place): number | null {
    if (this.#key !== null) return this.#inKey(at, this.#key)
    if (this.#inToken) return this.#restOfToken(at)
    const { bytes, from } = at
    const to = certainTo(at)
    const anchor = this.#anchor(bytes, from, to)
    if (anchor < 0) {
      this.#pass(bytes, from, to)
      return to === from ? null : to
    }
    return bytes.subarray(anchor, anchor + keyAnchor.length).equals(keyAnchor)
      ? this.#header(at, anchor)
      : this.#word({ bytes, from, to }, anchor)
  }

  #anchor(bytes: Buffer, from: number, to: number): number {
    const first = this.#search.find(bytes, from, to)
    const second = bytes.indexOf(azureAnchor, from)
    if (second < 0 || second >= to) return first
    return first < 0 ? second : Math.min(first, second)
  }

  /** Masks the word around an anchor, or the part of it that the anchor stands in. */
  #word({ bytes, from, to }: { bytes: Buffer; from: number; to: number }, anchor: number): number {
    let begin = anchor
    while (begin > from && isWord(bytes, begin - 1)) begin--
    begin += Math.floor((anchor - begin) / maxWordBytes) * maxWordBytes
    let end = anchor
    while (end < Math.min(to, begin + maxWordBytes) && isWord(bytes, end)) end++
    this.#pass(bytes, from, begin)
    const word = bytes.toString('latin1', begin, end)
    const masked = word.replace(tokens, (_, one: string | undefined, other: string | undefined) => {
      return `${one ?? other ?? ''}${redacted}`
    })
    this.#out.push(masked === word ? bytes.subarray(begin, end) : Buffer.from(masked, 'latin1'))
    this.#inToken = end - begin === maxWordBytes && masked !== word && masked.endsWith(redacted)
    return end
  }

  #restOfToken({ bytes, from, isEnd }: Place): number {
    let end = from
    while (end < bytes.length && isWord(bytes, end)) end++
    this.#inToken = end === bytes.length && !isEnd
    return end
  }

  #header({ bytes, from, isEnd }: Place, anchor: number): number | null {
    const length = keyHeader(bytes.subarray(anchor))
    if (length === null && !isEnd) {
      this.#pass(bytes, from, anchor)
      return anchor === from ? null : anchor
    }
    if (!length) {
      this.#pass(bytes, from, anchor + keyAnchor.length)
      return anchor + keyAnchor.length
    }
    this.#pass(bytes, from, anchor)
    this.#out.push(stars)
    this.#key = 0
    return anchor + length
  }

  #inKey({ bytes, from, isEnd }: Place, length: number): number | null {
    const line = keyLine(bytes.subarray(from), isEnd)
    if (line === null) return null
    const footer = keyFooter(line.text)
    if (footer > 0) {
      this.#key = null
      return from + footer
    }
    if (isKeyLine(line.text, length === 0) && length + line.length <= maxKeyBytes) {
      this.#key = length + line.length
      return from + line.length
    }
    // It was no key, or its end is missing: what follows begins a line of its own.
    if (length > 0) this.#out.push(Buffer.from('\n'))
    this.#key = null
    return from
  }

  #pass(bytes: Buffer, from: number, to: number): void {
    if (to > from) this.#out.push(bytes.subarray(from, to))
  }
}

interface Place {
  readonly bytes: Buffer
  readonly from: number
  /** Nothing follows that belongs to what stands here. */
  readonly isEnd: boolean
}

/** Up to where words are whole: the last one may go on, but for parts of it that have their full length. */
function certainTo({ bytes, from, isEnd }: Place): number {
  if (isEnd) return bytes.length
  let begin = bytes.length
  while (begin > from && isWord(bytes, begin - 1)) begin--
  return begin + Math.floor((bytes.length - begin) / maxWordBytes) * maxWordBytes
}

function isWord(bytes: Buffer, at: number): boolean {
  return wordBytes[bytes[at] ?? 0] === 1
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
