import { StringDecoder } from 'node:string_decoder'
import type { Clock } from '../base/clock.ts'

/**
 * Longest write, in bytes. A pipe takes so many in one piece (PIPE_BUF), or none of them, so that nothing which another
 * part of this process writes there gets in between.
 */
const maxBytes = 4096
/** Longest part of a line in one entry, in UTF-16 units. What escapes make of it may still be too long. */
const maxUnits = 3000
/** Stands where a line was cut, at both ends. */
const cut = '…'
/** How long a reader may take nothing before it is not waited for any more, in milliseconds. */
const patienceMs = 30_000

export interface LineCopyParts {
  readonly run: string
  /** Null: not known any more. */
  readonly stack: string | null
  /** Writes at most 4096 bytes, all of them or none, and waits for room. */
  readonly out: (bytes: Uint8Array) => Promise<void>
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * A run's log once more, as one JSON object a line, in the fields that Spacelift's launcher has. Writing waits while the
 * reader is slow. A reader that is gone, or takes nothing for half a minute, gets nothing more of this log: a run does
 * not fail for it, nor wait for ever.
 */
export class LineCopy {
  readonly #parts: LineCopyParts
  readonly #decoder = new StringDecoder('utf8')
  /** The beginning of a line whose end has not come. */
  #line = ''
  #over = false

  constructor(parts: LineCopyParts) {
    this.#parts = parts
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#over) return
    const lines =
      `${this.#line}${this.#decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))}`.split('\n')
    const last = lines.pop() ?? ''
    await this.#writeAll(lines.flatMap(pieces))
    const parts = pieces(last)
    this.#line = parts.pop() ?? ''
    await this.#writeAll(parts)
  }

  /** Writes what has come of a line that may never end. */
  async flush(): Promise<void> {
    const rest = this.#line
    this.#line = ''
    if (rest !== '') await this.#writeAll([rest])
  }

  async #writeAll(lines: readonly string[]): Promise<void> {
    let batch: Buffer[] = []
    let length = 0
    for (const entry of lines.flatMap((line) => this.#entries(line))) {
      if (length + entry.length > maxBytes) {
        await this.#out(Buffer.concat(batch))
        batch = []
        length = 0
      }
      batch.push(entry)
      length += entry.length
    }
    if (length > 0) await this.#out(Buffer.concat(batch))
  }

  /** One, or more where escapes make a line long. */
  #entries(line: string): Buffer[] {
    const { run, stack, clock } = this.#parts
    const msg = line.endsWith('\r') ? line.slice(0, -1) : line
    const fields = { run_ulid: run, stack_id: stack, ts: new Date(clock.now()).toISOString(), msg }
    const entry = Buffer.from(`${JSON.stringify(fields)}\n`)
    if (entry.length <= maxBytes) return [entry]
    // A line of this length cannot be the reason.
    return line.length < 16 ? [] : cutAt(line, Math.ceil(line.length / 2)).flatMap((half) => this.#entries(half))
  }

  async #out(bytes: Uint8Array): Promise<void> {
    if (this.#over) return
    const { out, clock, signal } = this.#parts
    const done = new AbortController()
    const tooLong = clock.sleep(patienceMs, AbortSignal.any([signal, done.signal])).then(() => {
      throw new Error(`nothing was taken for ${patienceMs} ms`)
    })
    try {
      await Promise.race([out(bytes), tooLong])
    } catch {
      this.#over = true
    } finally {
      done.abort()
      tooLong.catch(() => {})
    }
  }
}

/** A line in parts that are not too long. */
function pieces(line: string): string[] {
  const found: string[] = []
  let rest = line
  while (rest.length > maxUnits) {
    const [first, second] = cutAt(rest, maxUnits)
    found.push(first)
    rest = second
  }
  return [...found, rest]
}

/** Both halves of a line, and no half of a character. */
function cutAt(line: string, at: number): [string, string] {
  const place = /[\uD800-\uDBFF]/.test(line[at - 1] ?? '') ? at - 1 : at
  return [`${line.slice(0, place)}${cut}`, `${cut}${line.slice(place)}`]
}
