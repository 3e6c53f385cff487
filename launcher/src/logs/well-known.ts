import { isKeyLine, keyFooter, keyHeader, keyLine, keyStart, maxKeyBytes } from './private-key.ts'
import { SecretSearch } from './secret-search.ts'
import { redacted } from './stars.ts'

/** A word that is longer is looked at in parts of so many bytes, from its beginning. */
export const maxWordBytes = 16 * 1024

const stars = Buffer.from(redacted)
const nothing: Buffer = Buffer.alloc(0)

/** The bytes that words are made of: 1. Every pattern of a token is made of them. */
const wordBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[\w.~+/=%&:?-]/.test(String.fromCharCode(byte)) && byte < 128 ? 1 : 0,
)

/** Tokens that can be known by their form: those that Spacelift's documentation names. What the first group holds is shown. */
const tokens = new RegExp(
  [
    '(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])',
    '[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}',
    '((?:AccountKey|SharedAccessKey)=)[A-Za-z0-9+/%]{20,}={0,2}',
    '(SharedAccessSignature=)[\\w.~+/=%&:?-]{20,}',
    'gh[pousr]_[A-Za-z0-9]{36,255}',
    'github_pat_[A-Za-z0-9_]{22,255}',
    'eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*',
    'xox[abeoprs]-[A-Za-z0-9-]{10,}',
    'xapp-[0-9]-[A-Za-z0-9-]{10,}',
  ].join('|'),
  'g',
)

/** What of a token is looked for first: at least four bytes each, so that most of a log is passed over. */
const anchors = [
  keyStart,
  'AKIA',
  'ASIA',
  'ABIA',
  'ACCA',
  'AccountKey=',
  'SharedAccessKey=',
  'SharedAccessSignature=',
  'ghp_',
  'gho_',
  'ghu_',
  'ghs_',
  'ghr_',
  'github_pat_',
  'xapp-',
  ...'abeoprs'.split('').map((kind) => `xox${kind}-`),
  // Base64 of `{"` and the letter that a JWT's header goes on with.
  ...'hijklmnopqrstuvwxyz0123456'.split('').map((letter) => `eyJ${letter}`),
].map((anchor) => Buffer.from(anchor))
/** Of Azure's client secrets, which begin with anything. */
const azure = Buffer.from('Q~')
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
    const second = bytes.indexOf(azure, from)
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
