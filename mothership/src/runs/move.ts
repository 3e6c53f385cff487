import { Refusal } from '../base/errors.ts'
import type { Tables } from '../store/store.ts'
import { isTerminal, next, type RunEvent, standingOf, statesOpenTo } from './states.ts'
import type { RunRecord } from './table.ts'

/** Why a state changes, for the people who read the run's history. */
export interface Cause {
  readonly at: number
  /** A person or another run; null: the system itself, or a worker. */
  readonly by: string | null
  readonly note: string | null
  /** The job that the new state is part of, and the byte of its log at which it begins. */
  readonly job?: { readonly id: string; readonly worker: string; readonly logOffset: number }
  /** Other fields of the run that change with the state. */
  readonly changes?: Partial<Pick<RunRecord, 'pausedJob' | 'metadata'>>
}

/**
 * The only way in which a run's state changes: by the table, with a line in its history, and with the stack passed on when it is over.
 * Refuses (`conflict`) what the table does not have.
 */
export async function move(tables: Tables, run: RunRecord, { event, cause: given }: Change): Promise<RunRecord> {
  const state = next(run.type, run.state, event)
  if (state === null) throw impossible(run, event)
  const cause = isTerminal(state) ? { ...given, note: await withLock(tables, run, given.note) } : given
  const moved: RunRecord = {
    ...run,
    ...cause.changes,
    state,
    standing: standingOf(state),
    stateVersion: run.stateVersion + 1,
    note: cause.note,
    updatedAt: cause.at,
  }
  await tables.runs.update(run.id, moved)
  await record(tables, moved, cause)
  if (isTerminal(state)) await end(tables, moved, cause.at)
  return moved
}

/** What happens to a run, and why. */
export interface Change {
  readonly event: RunEvent
  readonly cause: Cause
}

/** Writes the line in the run's history for the state that it is in. */
export async function record(tables: Tables, run: RunRecord, cause: Cause): Promise<void> {
  await tables.runs.addTransition({
    run: run.id,
    stateVersion: run.stateVersion,
    state: run.state,
    at: cause.at,
    by: cause.by,
    note: cause.note,
    job: cause.job?.id ?? null,
    worker: cause.job?.worker ?? null,
    logOffset: cause.job?.logOffset ?? 0,
  })
}

/** Gives a stack that nobody holds to its first queued run. */
export async function passStackOn(tables: Tables, stack: string, at: number): Promise<void> {
  if ((await tables.runs.holder(stack)) !== null) return
  const first = await tables.runs.firstQueued(stack)
  if (first !== null) await move(tables, first, { event: 'freed', cause: { at, by: null, note: null } })
}

async function end(tables: Tables, run: RunRecord, at: number): Promise<void> {
  await tables.sources.release({ kind: 'run', id: run.id })
  if (run.exclusive) await passStackOn(tables, run.stack, at)
}

/** A run that is over and still holds the lock of its state says so, because the next run will meet it. */
async function withLock(tables: Tables, { id, stack }: RunRecord, note: string | null): Promise<string | null> {
  const lock = await tables.states.lock(stack)
  if (lock?.run !== id) return note
  const locked = `the state is still locked by this run: if its tool is gone, \`stack state unlock ${stack}\` removes the lock`
  return note === null ? locked : `${note.replace(/\.$/, '')}; ${locked}`
}

function impossible(run: RunRecord, event: RunEvent): Refusal {
  const expected = statesOpenTo(run.type, event).join(' or ')
  const needed = expected === '' ? `never happens to a ${run.type} run` : `needs ${expected}`
  return new Refusal('conflict', `run ${run.id} is ${run.state}; ${event} ${needed}`)
}
