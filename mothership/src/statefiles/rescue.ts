import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { Refusal } from '../base/errors.ts'
import type { Tables } from '../store/store.ts'
import { continues, maxStateBytes } from './state-content.ts'
import { type Incoming, type StateParts, StateVersions } from './versions.ts'

/** What became of a rescued state: it is the state now, or it lies beside, for a person to roll back to. */
export interface Rescued {
  readonly length: number
  readonly sha256: string
  readonly version: string
  readonly became: 'newest' | 'beside'
}

/**
 * Takes in what a tool left behind because it could not save its state (`errored.tfstate`), delivered by the launcher. What was made in
 * the world is written nowhere else, so nothing that comes here is thrown away.
 */
export class StateRescue {
  readonly #versions: StateVersions

  constructor(parts: StateParts) {
    this.#versions = new StateVersions(parts)
  }

  /**
   * It becomes the state if it goes on from the newest version and nobody else holds the lock; otherwise it is kept beside. The same
   * content again is the same version. The run's own lock is removed.
   */
  async rescue(stack: string, run: string, content: Readable): Promise<Rescued> {
    const bytes = await gather(content, stack)
    const decide = (tables: Tables, state: Incoming) => decideRescue(tables, { stack, run }, state)
    const version = await this.#versions.add({ stack, content: bytes, run, decide })
    return {
      length: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      version: version.id,
      became: version.origin === 'beside' ? 'beside' : 'newest',
    }
  }
}

async function decideRescue(tables: Tables, { stack, run }: { stack: string; run: string }, state: Incoming) {
  const lock = await tables.states.lock(stack)
  const isOwn = lock?.run === run
  if (isOwn) await tables.states.removeLock(stack)
  const alike = (await tables.states.list(stack)).filter((version) => version.md5 === state.md5)
  const same = alike.find((version) => version.id === state.newest?.id || version.run === run)
  if (same) return same
  const isFree = lock === null || isOwn
  return isFree && state.isState && continues(state, state.newest) ? 'rescued' : 'beside'
}

async function gather(content: Readable, stack: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of content as AsyncIterable<Uint8Array | string>) {
    const bytes = Buffer.from(chunk as Uint8Array)
    length += bytes.length
    if (length > maxStateBytes) {
      throw new Refusal('too-large', `errored state of ${stack}: expected at most ${maxStateBytes} bytes`)
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
