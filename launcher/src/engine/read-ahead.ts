/** How the end of a container is noticed while its reader is slow. */
export interface ReadAhead {
  /** Whether the container has ended or is about to. Never rejects. */
  readonly isEnding: () => Promise<boolean>
  /** How often that is asked while the reader works on one chunk. Milliseconds. */
  readonly everyMs: number
  /** Ends the source at once, also in the middle of a read. */
  readonly stop: () => void
}

/**
 * Most bytes that are read ahead. What must fit is what a process can leave behind in the pipes of its two streams (64 KiB each)
 * and what the daemon holds of both in its hands (32 KiB each).
 */
export const maxAheadBytes = 1024 * 1024

/**
 * The chunks of `source`, one by one, and ahead of the reader when the container ends. For two seconds after the last process is
 * gone, the daemon reads on what it left in its pipes, and then throws the rest away (moby, daemon/monitor.go, `StreamConfig.Wait`).
 * A reader that stalls just then would lose up to 192 KiB of the end of the output. While the container lives, nothing is
 * read ahead: a slow reader slows it down.
 */
export async function* aheadOfTheEnd(source: AsyncIterable<Uint8Array>, how: ReadAhead): AsyncGenerator<Uint8Array> {
  const ahead = new Ahead(source[Symbol.asyncIterator](), how.isEnding)
  const timer = setInterval(() => ahead.look(), how.everyMs).unref()
  try {
    for (let next = await ahead.next(); !next.done; next = await ahead.next()) yield next.value
  } finally {
    clearInterval(timer)
    how.stop()
    await ahead.close()
  }
}

/** Chunks that were read ahead, and the one that is being read. */
class Ahead {
  readonly #chunks: AsyncIterator<Uint8Array, unknown>
  readonly #isEnding: () => Promise<boolean>
  readonly #read: Uint8Array[] = []
  #bytes = 0
  #reading: Promise<IteratorResult<Uint8Array, unknown>> | null = null
  /** How often the reader has come for a chunk, and how often it had when somebody looked. */
  #turn = 0
  #seenTurn = 0
  #working = false
  #asking = false

  constructor(chunks: AsyncIterator<Uint8Array, unknown>, isEnding: () => Promise<boolean>) {
    this.#chunks = chunks
    this.#isEnding = isEnding
  }

  async next(): Promise<IteratorResult<Uint8Array, unknown>> {
    this.#turn++
    this.#working = false
    try {
      return await this.#next()
    } finally {
      this.#working = true
    }
  }

  /** Looks whether the reader still works on the chunk of the last time, and asks about the container then. */
  look(): void {
    const isSlow = this.#working && this.#turn === this.#seenTurn
    this.#seenTurn = this.#turn
    if (isSlow && !this.#asking) void this.#readOn(this.#turn)
  }

  async close(): Promise<void> {
    this.#turn++
    this.#reading?.catch(() => {})
    await this.#chunks.return?.()
  }

  async #next(): Promise<IteratorResult<Uint8Array, unknown>> {
    const value = this.#read.shift()
    if (value !== undefined) {
      this.#bytes -= value.length
      return { done: false, value }
    }
    const reading = this.#reading ?? this.#chunks.next()
    this.#reading = null
    return await reading
  }

  /** Reads ahead if the container is ending, until the reader comes back. Never rejects. */
  async #readOn(turn: number): Promise<void> {
    this.#asking = true
    const isEnding = await this.#isEnding()
    this.#asking = false
    if (!isEnding) return
    while (turn === this.#turn && this.#bytes < maxAheadBytes && (await this.#readOne()));
  }

  /** Answers whether there may be more. If the reader took over meanwhile, the chunk is its own; so is an error. */
  async #readOne(): Promise<boolean> {
    const reading = (this.#reading ??= this.#chunks.next())
    const next = await reading.catch(() => null)
    if (next === null || next.done || this.#reading !== reading) return false
    this.#reading = null
    this.#read.push(next.value)
    this.#bytes += next.value.length
    return true
  }
}
