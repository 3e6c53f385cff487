import { copyFile, mkdir, open, readdir, readFile, rename, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { isUlid } from '../../../../protocol/ids.ts'
import type { LogBytes } from '../control.ts'
import { forget, JobJournal, tailOf } from './job-journal.ts'
import { decodeRecords, type JournalRecord } from './journal-record.ts'
import { readTail } from './log-tail.ts'
import { Reserve } from './reserve.ts'

/** A job as its journal tells it. */
export interface JournaledJob {
  readonly job: string
  readonly records: readonly JournalRecord[]
}

/**
 * What this launcher is doing, on its volume: a file of JSON lines for each job, `<directory>/journal/<job>.jsonl`. A
 * record is written before what it tells of is done, so a launcher that was killed at any point finds what it may have
 * done. The file goes when the job's last report was heard. Nothing secret is in it.
 */
export class Journal {
  readonly #directory: string
  readonly #reserve: Reserve

  constructor(directory: string) {
    this.#directory = join(directory, 'journal')
    this.#reserve = new Reserve(join(directory, 'reserve'))
  }

  /** Opens a job's journal, which may exist. Rejects with the system's error. */
  async open(job: string): Promise<JobJournal> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    await this.#reserve.keep()
    const path = this.#pathOf(job)
    const text = await readFile(path, 'utf8').catch(nullIfMissing)
    const { records, goodBytes } = decodeRecords(text ?? '')
    const file = await open(path, 'a', 0o600)
    // The next record must not become the rest of a torn one.
    await file.truncate(goodBytes)
    return new JobJournal({ path, file, goodBytes, reserve: this.#reserve }, { records, existed: text !== null })
  }

  /**
   * All jobs that have a journal, oldest first. What is no journal is renamed to `.corrupt`; of a journal that is
   * damaged a copy of that name is kept, and what is good of it counts. `aside` is told the name. Nothing of this stops
   * a start.
   */
  async jobs(aside: (name: string) => void): Promise<JournaledJob[]> {
    const jobs: JournaledJob[] = []
    for (const name of await this.#names()) {
      const job = name.endsWith('.jsonl') ? name.slice(0, -'.jsonl'.length) : ''
      const text = isUlid(job) ? await readFile(this.#pathOf(job), 'utf8').catch(() => null) : null
      const { records, goodBytes, corrupt } = decodeRecords(text ?? '')
      if (text !== null) jobs.push({ job, records })
      if (text !== null && !corrupt) continue
      await this.#setAside(name, text === null ? null : goodBytes)
      aside(name)
    }
    return jobs
  }

  /** The end of a job's log that an earlier launcher could not deliver; null if it left none. */
  tail(job: string): Promise<LogBytes | null> {
    return readTail(tailOf(this.#pathOf(job)))
  }

  /** Forgets a job. */
  remove(job: string): Promise<void> {
    return forget(this.#pathOf(job))
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.#directory)).filter((name) => !/\.(corrupt|tail)$/.test(name)).toSorted()
    } catch {
      return []
    }
  }

  /** `goodBytes`: how much of it stays; null: nothing, not even the name. */
  async #setAside(name: string, goodBytes: number | null): Promise<void> {
    const path = join(this.#directory, name)
    if (goodBytes === null) return await rename(path, `${path}.corrupt`)
    await copyFile(path, `${path}.corrupt`)
    await truncate(path, goodBytes)
  }

  #pathOf(job: string): string {
    return join(this.#directory, `${job}.jsonl`)
  }
}

function nullIfMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
