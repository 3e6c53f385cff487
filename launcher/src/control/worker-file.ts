import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { decoded, decodeJson, undecodable, type Check } from '../../../protocol/decoded.ts'
import { isUlid } from '../../../protocol/ids.ts'
import type { Registered } from '../../../protocol/worker.ts'

type Worker = Pick<Registered, 'worker' | 'session' | 'pool'>

const checkWorker: Check<Worker> = (value) => {
  const { worker, session, pool } = (value ?? {}) as Partial<Record<keyof Worker, unknown>>
  const texts = typeof worker === 'string' && typeof session === 'string' && typeof pool === 'string'
  if (!texts || !isUlid(worker) || session === '')
    return undecodable('wrong-shape', 'worker.json: not of the expected shape')
  return decoded({ worker, session, pool })
}

/**
 * `worker.json` in the launcher's directory: which worker this launcher is, so that after a crash it goes on as the same one, with its job.
 * It holds the session, so only its owner may read it (0600). It is there while the worker lives, and gone after a clean end.
 */
export class WorkerFile {
  readonly #path: string

  constructor(directory: string) {
    this.#path = join(directory, 'worker.json')
  }

  /** The worker of that pool that was not ended cleanly; null if there is none, or its file is not readable as one. */
  async read(pool: string): Promise<Pick<Worker, 'worker' | 'session'> | null> {
    const text = await readFile(this.#path, 'utf8').catch(() => null)
    const worker = text === null ? null : decodeJson('worker.json', text, checkWorker)
    if (!worker?.ok || worker.value.pool !== pool) return null
    return { worker: worker.value.worker, session: worker.value.session }
  }

  /** Written beside and renamed, so that a crash leaves the old file or the new one. */
  async write({ worker, session, pool }: Registered): Promise<void> {
    const beside = `${this.#path}.new`
    await rm(beside, { force: true })
    const file = await open(beside, 'wx', 0o600)
    try {
      await file.writeFile(JSON.stringify({ worker, session, pool } satisfies Worker))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, this.#path)
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true })
  }
}
