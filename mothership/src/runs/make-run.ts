import type { StackSnapshot } from '../stacks/snapshot.ts'
import type { Tables } from '../store/store.ts'
import { move, passStackOn, record } from './move.ts'
import type { Kind } from './new-run.ts'
import { holdsStack, rankOf } from './order.ts'
import type { RunRecord } from './table.ts'

/** What a new run begins with. */
export interface Beginning {
  readonly id: string
  readonly at: number
  readonly by: string
  readonly note: string | null
  /** The stack as it is now, or as it was for the run that this one repeats. */
  readonly snapshot: StackSnapshot
}

/** Puts a new run into the queue of its stack; if nobody holds that, or the run needs no stack for itself, into that of its pool. */
export async function makeRun(tables: Tables, kind: Kind, how: Beginning): Promise<void> {
  const { id, at, by, note, snapshot } = how
  const run: RunRecord = {
    ...kind,
    id,
    state: 'QUEUED',
    standing: 'queued',
    stateVersion: 0,
    triggeredBy: by,
    note,
    prioritized: false,
    rank: rankOf(kind.type),
    exclusive: holdsStack(kind.type),
    pausedJob: null,
    createdAt: at,
    updatedAt: at,
  }
  await tables.runs.insert(run, snapshot)
  if (snapshot.source.kind === 'archive') await tables.sources.hold(snapshot.source.id, { kind: 'run', id })
  await record(tables, run, { at, by, note })
  if (run.exclusive) await passStackOn(tables, run.stack, at)
  else await move(tables, run, { event: 'freed', cause: { at, by: null, note: null } })
}
