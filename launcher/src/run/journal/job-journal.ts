import { rm, type FileHandle } from 'node:fs/promises'
import type { LogBytes } from '../control.ts'
import { journalVersion, type JournalEntry, type JournalRecord } from './journal-record.ts'
import { keepTail } from './log-tail.ts'
import type { Reserve } from './reserve.ts'

/** What was in a journal when it was opened. */
interface Before {
  readonly records: readonly JournalRecord[]
  /** Whether there was one: then an earlier launcher had the job in hand. */
  readonly existed: boolean
}

/** A journal's file as it was opened. */
interface OpenFile {
  readonly path: string
  readonly file: FileHandle
  /** Its length: all of it is whole records. */
  readonly goodBytes: number
  readonly reserve: Reserve
}

/** Records that go into the file together. */
interface Batch {
  readonly lines: Buffer[]
  /** Whether one of them must outlive the machine's fall. */
  lasting: boolean
}

/** The journal of the job in hand. */
export class JobJournal {
  readonly before: Before
  readonly #path: string
  readonly #file: FileHandle
  readonly #reserve: Reserve
  /** How much of the file is whole records. */
  #goodBytes: number
  /** One write after the other, whoever asks. */
  #writing: Promise<void> = Promise.resolve()
  /** What waits for its turn: whatever comes until then goes along. */
  #next: Batch | null = null

  constructor({ path, file, goodBytes, reserve }: OpenFile, before: Before) {
    this.#path = path
    this.#file = file
    this.#goodBytes = goodBytes
    this.#reserve = reserve
    this.before = before
  }

  /** Appends a record; when this resolves it outlives the machine's fall. */
  write(entry: JournalEntry): Promise<void> {
    return this.#append(entry, true)
  }

  /**
   * Appends a record; when this resolves it outlives this process, which is enough where nothing worse than a lost time
   * follows.
   */
  note(entry: JournalEntry): Promise<void> {
    return this.#append(entry, false)
  }

  /** Keeps what is not delivered of the log, for the next start. */
  keepTail(unsent: LogBytes): Promise<void> {
    return unsent.bytes.byteLength === 0 ? Promise.resolve() : keepTail(tailOf(this.#path), unsent)
  }

  /** The job is over and heard of. */
  async remove(): Promise<void> {
    await this.close()
    await forget(this.#path)
  }

  /** Leaves the file for the next start. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {})
    await this.#file.close()
  }

  /** Resolves when everything that is on its way into the file is there, or could not be written. */
  async settled(): Promise<void> {
    await this.#writing.catch(() => {})
  }

  #append(entry: JournalEntry, lasting: boolean): Promise<void> {
    if (this.#next === null) this.#writing = this.#writeNext()
    this.#next ??= { lines: [], lasting: false }
    this.#next.lines.push(Buffer.from(`${JSON.stringify({ version: journalVersion, ...entry })}\n`))
    this.#next.lasting ||= lasting
    return this.#writing
  }

  async #writeNext(): Promise<void> {
    await this.#writing.catch(() => {})
    const batch = this.#next
    this.#next = null
    if (batch === null) return
    await this.#put(Buffer.concat(batch.lines))
    if (batch.lasting) await this.#file.datasync()
  }

  /** A disk that is full has the reserve; and what was written of the record before it was, must not be in the way of the next one. */
  async #put(line: Buffer): Promise<void> {
    try {
      await this.#file.appendFile(line)
    } catch (error) {
      await this.#file.truncate(this.#goodBytes)
      if (!isFull(error) || !(await this.#reserve.release())) throw error
      await this.#file.appendFile(line)
    }
    this.#goodBytes += line.length
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

/** Beside the journal: bytes, where the journal is lines. */
export function tailOf(path: string): string {
  return path.replace(/\.jsonl$/, '.tail')
}

export async function forget(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(tailOf(path), { force: true })
}
