import { Refusal } from '../base/errors.ts'
import type { Tables } from '../store/store.ts'
import { type LockInfo, lockRecord } from './lock-info.ts'
import { continues } from './state-content.ts'
import type { StateLockRecord } from './table.ts'
import { type Incoming, md5Of, type StateParts, StateVersions } from './versions.ts'

/** A state that a tool writes. */
export interface StateWrite {
  readonly content: Uint8Array
  /** The id of the lock under which it writes; null without one. */
  readonly lockId: string | null
  /** Base64, as in Content-MD5; null if it was not sent. */
  readonly md5: string | null
  readonly run: string
}

/** Somebody else holds the lock. */
export interface Held {
  readonly heldBy: StateLockRecord
}

/**
 * A stack's state as OpenTofu and Terraform use it from within a run.
 *
 * One lock a stack at most, and only its holder writes while there is one. A run that dies keeps its lock, with its name on it: what it
 * was doing to the world is not known, and the state that it could not save may still come (rescue.ts). Until then, or until a
 * person removes the lock (`stack state unlock`), nothing else plans from a state that may be wrong.
 */
export class StateBackend {
  readonly #parts: StateParts
  readonly #versions: StateVersions

  constructor(parts: StateParts) {
    this.#parts = parts
    this.#versions = new StateVersions(parts)
  }

  /** The state and its MD5 (base64); null if there is none yet. */
  async get(stack: string): Promise<{ content: Buffer; md5: string } | null> {
    const newest = await this.#parts.store.read((tables) => tables.states.newest(stack))
    if (!newest) return null
    const content = await this.#versions.content(newest)
    return { content, md5: Buffer.from(newest.md5, 'hex').toString('base64') }
  }

  /** Adds a version. The same write again is the same version. Answers `Held` and changes nothing while somebody else holds the lock. */
  async write(stack: string, { content, lockId, md5, run }: StateWrite): Promise<Held | null> {
    if (md5 !== null && Buffer.from(md5, 'base64').toString('hex') !== md5Of(content)) {
      throw new Refusal('digest-mismatch', `state of ${stack}: the bytes do not have the MD5 that came with them`)
    }
    try {
      const decide = (tables: Tables, state: Incoming) => decideWrite(tables, { stack, lockId, run }, state)
      await this.#versions.add({ stack, content, run, decide })
      return null
    } catch (error) {
      if (error instanceof LockHeld) return { heldBy: error.lock }
      throw error
    }
  }

  /** Takes the lock. Once more with the same id is the same lock. Answers `Held` if somebody else has it. */
  lock(stack: string, info: LockInfo, run: string): Promise<Held | null> {
    return this.#parts.store.transaction(async (tables) => {
      const present = await tables.states.lock(stack)
      if (present) return present.id === info.id && present.run === run ? null : { heldBy: present }
      await tables.states.setLock(lockRecord(info, { stack, run, now: this.#parts.clock.now() }))
      return null
    })
  }

  /**
   * Gives the lock with this id back, whoever took it: naming it is what `force-unlock` does. Without a lock there is nothing to do. Answers
   * `Held` for another id, or none.
   */
  unlock(stack: string, info: LockInfo | null): Promise<Held | null> {
    return this.#parts.store.transaction(async (tables) => {
      const present = await tables.states.lock(stack)
      if (present && present.id !== info?.id) return { heldBy: present }
      await tables.states.removeLock(stack)
      return null
    })
  }

  /** Whether the run holds the lock. */
  async holds(stack: string, run: string): Promise<boolean> {
    const present = await this.#parts.store.read((tables) => tables.states.lock(stack))
    return present?.run === run
  }
}

/** Ends the transaction of a write. */
class LockHeld extends Error {
  readonly lock: StateLockRecord

  constructor(lock: StateLockRecord) {
    super('the state is locked by somebody else')
    this.lock = lock
  }
}

type Writer = { readonly stack: string; readonly lockId: string | null; readonly run: string }

/**
 * The holder of the lock writes what it likes. Whoever lost its lock to a person, and comes with its id all the same, writes only what
 * goes on from the newest version: then nobody was in between.
 */
async function decideWrite(tables: Tables, { stack, lockId, run }: Writer, state: Incoming) {
  const lock = await tables.states.lock(stack)
  if (lock && lock.id !== lockId) throw new LockHeld(lock)
  if (!state.isState) throw new Refusal('bad-request', `state of ${stack}: expected JSON with serial and lineage`)
  if (state.newest?.md5 === state.md5 && state.newest.run === run) return state.newest
  if (lock === null && lockId !== null && !continues(state, state.newest)) {
    throw new Refusal('conflict', `state of ${stack}: the lock is not held any more, and the state was changed since`)
  }
  return 'written' as const
}
