const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]
const openings = [0x7b, 0x5b]
const closings = [0x7d, 0x5d]

/** Largest element that is kept, in bytes. A larger one is counted and passed over. */
export const maxElementBytes = 4 * 1024 * 1024

/** Longest key of the whole that is compared. */
const maxKeyBytes = 100

export interface JsonElementsParts {
  /** A key of the whole; its value is a list of objects. */
  readonly key: string
  /** Gets each of them as JSON. */
  readonly take: (element: string) => void
}

/**
 * Hands out the objects of one list of a JSON document that may be far larger than memory. What is not wanted is passed over byte by
 * byte and never kept. It is no validator: of a document that is cut or broken come the objects before that.
 */
export class JsonElements {
  readonly #parts: JsonElementsParts
  #depth = 0
  #inString = false
  #isEscaped = false
  /** At depth 1: whether the next string is a key, or is one being read; and the bytes of the last. */
  #key: 'next' | 'reading' | 'read' = 'read'
  #keyBytes: number[] = []
  /** What came of the object in hand; null outside of one. */
  #element: Buffer[] | null = null
  #elementBytes = 0
  #tooLarge = 0

  constructor(parts: JsonElementsParts) {
    this.#parts = parts
  }

  /** How many objects were too large. */
  get tooLarge(): number {
    return this.#tooLarge
  }

  /** Reads on. */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (this.#inString) this.#string(byte)
      else if (byte === quote) this.#beginString()
      else if (openings.includes(byte)) {
        if (this.#open()) from = at
      } else if (closings.includes(byte)) this.#close(bytes, from, at + 1)
      else if (byte === comma && this.#depth === 1) this.#key = 'next'
    }
    this.#keep(bytes.subarray(from))
  }

  #string(byte: number): void {
    const isEnd = byte === quote && !this.#isEscaped
    if (this.#key === 'reading') {
      if (isEnd) this.#key = 'read'
      else if (this.#keyBytes.length < maxKeyBytes) this.#keyBytes.push(byte)
    }
    this.#isEscaped = byte === backslash && !this.#isEscaped
    this.#inString = !isEnd
  }

  #beginString(): void {
    this.#inString = true
    if (this.#depth !== 1 || this.#key !== 'next') return
    this.#key = 'reading'
    this.#keyBytes = []
  }

  /** Answers whether an object begins that is wanted. */
  #open(): boolean {
    this.#depth++
    if (this.#depth === 1) this.#key = 'next'
    if (this.#depth !== 3 || Buffer.from(this.#keyBytes).toString() !== this.#parts.key) return false
    this.#element = []
    this.#elementBytes = 0
    return true
  }

  #close(bytes: Buffer, from: number, to: number): void {
    this.#depth--
    if (this.#depth !== 2 || this.#element === null) return
    this.#keep(bytes.subarray(from, to))
    if (this.#elementBytes > maxElementBytes) this.#tooLarge++
    else this.#parts.take(Buffer.concat(this.#element).toString())
    this.#element = null
  }

  #keep(bytes: Buffer): void {
    if (this.#element === null) return
    this.#elementBytes += bytes.length
    if (this.#elementBytes <= maxElementBytes) this.#element.push(Buffer.from(bytes))
    else this.#element = []
  }
}
