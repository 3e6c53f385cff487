import type { Clock } from './base/clock.ts'
import { LineCopy, type LineCopyParts } from './logs/line-copy.ts'
import { MarkReader } from './logs/marks.ts'
import { Redactor } from './logs/redactor.ts'
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

class ShippedLog implements JobLog {
  readonly #run: string
  readonly #marks: MarkReader
  readonly #output: Redactor
  /** The launcher's own lines are whole when they come, so they are masked by themselves. */
  readonly #lines: Redactor
  readonly #shipper: LogShipper
  readonly #copy: LineCopy | null
  /** Whether the next byte begins a line. Of a log that goes on, nobody knows. */
  #fresh: boolean
  /** What is written, is written one after the other, whoever asks. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: JobLogParts, { clock, copyTo }: JobLogsOptions) {
    const { run, stack, word, secrets, offset, signal, send } = parts
    this.#run = run
    this.#marks = new MarkReader(word)
    this.#output = new Redactor(secrets)
    this.#lines = new Redactor(secrets)
    this.#shipper = new LogShipper({ send, clock, offset, signal })
    this.#copy = copyTo && new LineCopy({ run, stack, out: copyTo, clock, signal })
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
      await this.#beginLine()
      const bytes = Buffer.from(`[${this.#run}] ${text}\n`)
      await this.#write(Buffer.concat([this.#lines.write(bytes), this.#lines.end()]))
    })
  }

  output(chunk: Uint8Array, heard: Heard): Promise<void> {
    return this.#inTurn(() => this.#pass(this.#marks.read(chunk), heard))
  }

  endOutput(heard: Heard): Promise<void> {
    return this.#inTurn(async () => {
      await this.#pass(this.#marks.end(), heard)
      await this.#write(this.#output.end())
    })
  }

  flush(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#copy?.flush()
      await this.#shipper.flush()
    })
  }

  async #pass(pieces: ReturnType<MarkReader['read']>, heard: Heard): Promise<void> {
    for (const piece of pieces) {
      if ('text' in piece) {
        await this.#write(this.#output.write(piece.text))
        continue
      }
      // No secret spans a mark, and what the script prints after one begins a line.
      await this.#write(this.#output.flush())
      await this.#beginLine()
      heard({ text: piece.mark, offset: this.#shipper.length })
    }
  }

  async #beginLine(): Promise<void> {
    if (!this.#fresh) await this.#write(Buffer.of(newline))
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0) return
    this.#fresh = bytes[bytes.byteLength - 1] === newline
    await this.#shipper.write(bytes)
    await this.#copy?.write(bytes)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work)
    this.#turn = done.catch(() => {})
    return done
  }
}
