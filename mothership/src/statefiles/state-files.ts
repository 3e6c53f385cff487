import { Refusal } from '../base/errors.ts'
import type { Person, StateAdministration, StateLockView, StateVersionView } from '../graphql/services.ts'
import type { Tables } from '../store/store.ts'
import { continues, withSerial } from './state-content.ts'
import type { StateLockRecord, StateVersionRecord } from './table.ts'
import { type Incoming, type StateParts, StateVersions } from './versions.ts'

/** What people do with the states of stacks. They change nothing while a run holds the lock. */
export class StateFiles implements StateAdministration {
  readonly #parts: StateParts
  readonly #versions: StateVersions

  constructor(parts: StateParts) {
    this.#parts = parts
    this.#versions = new StateVersions(parts)
  }

  async versions(stack: string): Promise<readonly StateVersionView[]> {
    return (await this.#parts.store.read((tables) => tables.states.list(stack))).map(versionView)
  }

  async lock(stack: string): Promise<StateLockView | null> {
    const lock = await this.#parts.store.read((tables) => tables.states.lock(stack))
    return lock && lockView(lock)
  }

  async read(stack: string, version?: string): Promise<string | null> {
    const found = await this.#find(stack, version)
    return found && (await this.#versions.content(found)).toString('utf8')
  }

  async push(stack: string, state: string, options: { readonly force: boolean }): Promise<StateVersionView> {
    const decide = async (tables: Tables, incoming: Incoming) => {
      await refuseLocked(tables, stack)
      if (!incoming.isState) throw new Refusal('bad-request', 'state: expected JSON with serial and lineage')
      if (!options.force && !continues(incoming, incoming.newest)) throw doesNotContinue(incoming)
      return 'pushed' as const
    }
    return versionView(await this.#versions.add({ stack, content: Buffer.from(state, 'utf8'), run: null, decide }))
  }

  async rollback(stack: string, version: string, _by: Person): Promise<StateVersionView> {
    const old = await this.#find(stack, version)
    const newest = await this.#find(stack)
    if (!old) throw new Refusal('not-found', 'not found')
    const serial = Math.max(old.serial, newest?.serial ?? 0) + 1
    const content = Buffer.from(withSerial((await this.#versions.content(old)).toString('utf8'), serial), 'utf8')
    const decide = async (tables: Tables, incoming: Incoming) => {
      await refuseLocked(tables, stack)
      if (incoming.newest?.id === newest?.id) return 'rolled-back' as const
      throw new Refusal('conflict', `state of ${stack}: was changed by somebody else at the same time`)
    }
    return versionView(await this.#versions.add({ stack, content, run: null, decide }))
  }

  unlock(stack: string, _by: Person): Promise<StateLockView | null> {
    return this.#parts.store.transaction(async (tables) => {
      const lock = await tables.states.lock(stack)
      await tables.states.removeLock(stack)
      return lock && lockView(lock)
    })
  }

  #find(stack: string, version?: string): Promise<StateVersionRecord | null> {
    return this.#parts.store.read((tables) =>
      version === undefined ? tables.states.newest(stack) : tables.states.get(stack, version),
    )
  }
}

async function refuseLocked(tables: Tables, stack: string): Promise<void> {
  const lock = await tables.states.lock(stack)
  if (!lock) return
  const holder = lock.run === null ? lock.who : `run ${lock.run} (${lock.who})`
  throw new Refusal(
    'conflict',
    `state of ${stack}: is locked by ${holder} for ${lock.operation}: wait for it, or unlock it`,
  )
}

function doesNotContinue({ serial, lineage, newest }: Incoming): Refusal {
  const problem =
    newest && newest.lineage !== lineage
      ? `its lineage is ${JSON.stringify(lineage)}, expected ${JSON.stringify(newest.lineage)}: it is the state of something else`
      : `its serial is ${serial}, expected more than ${newest?.serial ?? 0}`
  return new Refusal('conflict', `state: ${problem}; force it if this is meant`)
}

function versionView(version: StateVersionRecord): StateVersionView {
  const { id, serial, lineage, run, createdAt, length, origin } = version
  return { id, serial, lineage, run, createdAt, length, rescued: origin === 'rescued' || origin === 'beside' }
}

function lockView(lock: StateLockRecord): StateLockView {
  const { id, who, operation, run, createdAt } = lock
  return { id, who, operation, run, at: createdAt }
}
