import type { RunView, TransitionView } from '../graphql/services.ts'
import { hasLog } from './logs.ts'
import { isTerminal } from './states.ts'
import type { RunRecord, TransitionRecord } from './table.ts'

/** A run as people and tools see it. */
export function viewOf(run: RunRecord): RunView {
  return {
    id: run.id,
    stack: run.stack,
    type: run.type,
    state: run.state,
    title: run.title,
    command: run.command,
    triggeredBy: run.triggeredBy,
    createdAt: run.createdAt,
    updatedAt: run.updatedAt,
    finished: isTerminal(run.state),
    note: run.note,
    prioritized: run.prioritized,
    commit: { hash: run.commit, message: '', author: '', branch: run.branch },
  }
}

/** A line of a run's history. */
export function transitionViewOf(transition: TransitionRecord): TransitionView {
  const { state, stateVersion, at, by, note, worker } = transition
  return { state, stateVersion, at, by, note, worker, terminal: isTerminal(state), hasLogs: hasLog(transition) }
}
