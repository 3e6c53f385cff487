import type { Clock } from './base/clock.ts'
import { LineCopy, type LineCopyParts } from './logs/line-copy.ts'
import { MarkReader } from './logs/marks.ts'
import { Masking } from './logs/masking.ts'
import { Replay } from './logs/replay.ts'
import { LogShipper } from './logs/shipper.ts'
import type { Heard, JobLog, JobLogParts, OpenLog } from './run/log.ts'

const newline = 0x0a

export interface JobLogsOptions {
  readonly clock: Clock
  /** Gets a copy of every log, line by line; null: none is made. */
  readonly copyTo: LineCopyParts['out'] | null
}

/** Opens logs whose output is freed of marks, masked, and shipped: the parts of `logs/`, one behind the other. */
export function jobLogs(options: JobLogsOptions): OpenLog {
  return (parts) => new ShippedLog(parts, options)
}

/**
 * What is in a log depends on the output, on the places of the launcher's own lines and on the secrets, and on nothing else: least of all on
 * the pieces in which the output comes. So a successor makes the same bytes again.
 */
class ShippedLog implements JobLog {
  readonly #parts: JobLogParts
  readonly #marks: MarkReader
  readonly #masking: Masking
  readonly #shipper: LogShipper
  readonly #copy: LineCopy | null
  /** Null when nothing is to be made again, any more. */
  #replay: Replay | null
  /** Whether the next byte begins a line. Of a log that goes on, nobody knows. */
  #fresh: boolean
  /** What is written, is written one after the other, whoever asks. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: JobLogParts, { clock, copyTo }: JobLogsOptions) {
    const { run, stack, word, secrets, wellKnown = false, offset, again, signal, send } = parts
    this.#parts = parts
    this.#marks = new MarkReader(word)
    this.#masking = new Masking({ secrets, wellKnown, prefix: `[${run}] ` })
    this.#shipper = new LogShipper({ send, clock, offset, signal, ...(again && { held: again.held }) })
    this.#copy = copyTo && new LineCopy({ run, stack, out: copyTo, clock, signal })
    this.#replay = again && new Replay(again.lines, again.held)
    this.#fresh = offset === 0
  }

  get length(): number {
    return this.#shipper.length
  }

  get lostBytes(): number {
    return this.#shipper.lostBytes
  }

  unsent(): ReturnType<JobLog['unsent']> {
    return this.#shipper.unsent()
  }

  line(text: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#place()
      if (this.#replay) this.#replay.wait(text)
      else await this.#ownLine(this.#masked(text))
      await this.#place()
    })
  }

  output(chunk: Uint8Array, heard: Heard): Promise<void> {
    return this.#inTurn(() => this.#pass(this.#marks.read(chunk), heard))
  }

  mask(secrets: readonly string[]): void {
    this.#masking.learn(secrets)
  }

  endOutput(heard: Heard): Promise<void> {
    return this.#inTurn(() => this.#end(heard))
  }

  breakOff(heard: Heard, noted: (length: number) => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end(heard)
      await this.#shipper.flush()
      await noted(this.#shipper.length)
    })
  }

  flush(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#endReplay()
      await this.#copy?.flush()
      await this.#shipper.flush()
    })
  }

  async #end(heard: Heard): Promise<void> {
    await this.#pass(this.#marks.end(), heard)
    await this.#write(this.#masking.flush())
    await this.#endReplay()
  }

  async #pass(pieces: ReturnType<MarkReader['read']>, heard: Heard): Promise<void> {
    for (const piece of pieces) {
      if ('text' in piece) {
        await this.#write(this.#masking.write(piece.text))
        continue
      }
      // No secret spans a mark, and what the script prints after one begins a line.
      await this.#write(this.#masking.flush())
      await this.#place()
      await this.#beginLine()
      heard({ text: piece.mark, offset: this.#shipper.length })
      await this.#place()
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let rest = bytes
    while (this.#replay && rest.byteLength > 0) {
      await this.#place()
      // That may have been the last of what was to be made again.
      const count = this.#replay?.before(this.#shipper.length, rest) ?? rest.byteLength
      await this.#ship(rest.subarray(0, count))
      await this.#place()
      rest = rest.subarray(count)
    }
    await this.#ship(rest)
  }

  /** Writes the lines of the launcher's own whose place is here. */
  async #place(): Promise<void> {
    while (this.#replay) {
      const old = this.#replay.old(this.#shipper.length)
      const fresh = old === null ? this.#replay.fresh(this.#shipper.length, this.#fresh) : null
      if (old !== null) await this.#putLine(old)
      else if (fresh !== null) await this.#ownLine(this.#masked(fresh))
      else if (this.#replay.isOver(this.#shipper.length)) this.#replay = null
      else return
    }
  }

  /** No more output comes that could be waited for: whatever has no place yet, is written at the end. */
  async #endReplay(): Promise<void> {
    const rest = this.#replay?.rest()
    this.#replay = null
    if (!rest) return
    const made = this.#shipper.length
    this.#shipper.skipHeld()
    if (this.#shipper.length > made) this.#fresh = false
    for (const line of rest.old) await this.#putLine(line)
    for (const line of rest.fresh) await this.#ownLine(this.#masked(line))
  }

  #masked(text: string): string {
    return Buffer.from(this.#masking.line(Buffer.from(text))).toString()
  }

  async #ownLine(text: string): Promise<void> {
    this.#parts.noted({ offset: this.#shipper.length, text })
    await this.#putLine(text)
  }

  async #putLine(text: string): Promise<void> {
    await this.#beginLine()
    await this.#ship(Buffer.from(`[${this.#parts.run}] ${text}\n`))
  }

  async #beginLine(): Promise<void> {
    if (!this.#fresh) await this.#ship(Buffer.of(newline))
  }

  async #ship(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0) return
    this.#fresh = bytes[bytes.byteLength - 1] === newline
    const known = Math.max(0, (this.#parts.again?.held ?? 0) - this.#shipper.length)
    await this.#shipper.write(bytes)
    // What the far end held was copied by whoever sent it.
    await this.#copy?.write(bytes.subarray(known))
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work)
    this.#turn = done.catch(() => {})
    return done
  }
}
