import { pipeline, type Readable, Transform } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/errors.ts'
import type { Objects } from '../objects/objects.ts'
import type { Store } from '../store/store.ts'
import type { SourceRecord } from './source-table.ts'

/** Largest archive if the assembler names no other, in bytes. */
const defaultMaxBytes = 1024 * 1024 * 1024

/** An upload that no stack was made with is kept this long: the command line uses it within seconds. */
const unusedMs = 60 * 60 * 1000
const sweptAtOnce = 100

/** What sources are kept with. */
export interface SourcesParts {
  readonly store: Store
  readonly objects: Objects
  readonly clock: Clock
  /** Makes ULIDs. */
  readonly newId: () => string
  readonly maxBytes?: number
}

/** Uploaded source archives. One is kept while a stack or a run holds it, and an hour in any case. */
export class Sources {
  readonly #parts: SourcesParts

  constructor(parts: SourcesParts) {
    this.#parts = parts
  }

  /** Stores an archive. Rejects with `too-large` beyond the limit, and then nothing is left of it. */
  async upload(content: Readable): Promise<SourceRecord> {
    const { clock, objects, store } = this.#parts
    const id = this.#parts.newId()
    const limit = this.#parts.maxBytes ?? defaultMaxBytes
    const stored = await objects.put(keyOf(id), limited(content, limit))
    const source = { id, ...stored, createdAt: clock.now() }
    await store.transaction((tables) => tables.sources.insert(source))
    return source
  }

  /** The archive; null if it is not kept any more. */
  read(id: string): Promise<Readable | null> {
    return this.#parts.objects.read(keyOf(id))
  }

  /** Removes archives that nobody holds, at most a hundred, and answers how many. To be called now and then. */
  async sweep(): Promise<number> {
    const before = this.#parts.clock.now() - unusedMs
    const removed = await this.#parts.store.transaction(async (tables) => {
      const unheld = await tables.sources.unheld(before, sweptAtOnce)
      for (const source of unheld) await tables.sources.remove(source.id)
      return unheld
    })
    for (const source of removed) await this.#parts.objects.remove(keyOf(source.id))
    return removed.length
  }
}

function keyOf(source: string): string {
  return `sources/${source}`
}

/** The same bytes, failing with `too-large` beyond the limit. Whatever happens to one stream happens to the other. */
function limited(content: Readable, limit: number): Readable {
  let length = 0
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length
      if (length <= limit) done(null, chunk)
      else done(new Refusal('too-large', `source: expected at most ${limit} bytes`))
    },
  })
  return pipeline(content, counting, () => {})
}
