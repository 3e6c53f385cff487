import type { Stored, Outcome } from '../../../protocol/report.ts'
import type { RunType } from '../../../protocol/job.ts'
import { next, type RunEvent, type RunState } from './states.ts'
import type { JobRecord } from './table.ts'

/** What the end of a job means for its run. `by`: who asked for it. */
export interface Verdict {
  readonly event: RunEvent
  readonly by: string | null
  readonly note: string | null
}

/** The run that the job is of. */
export interface Stage {
  readonly type: RunType
  readonly state: RunState
}

/** Decides what a reported outcome means. Total: whatever a worker reports ends the run or leads it on. */
export function judge(job: JobRecord, stage: Stage, outcome: Outcome): Verdict {
  if (outcome.result === 'failed') return { event: 'failed', by: null, note: failureOf(outcome) }
  if (outcome.result === 'stopped') return { event: 'stopped', ...stoppedBy(job, outcome) }
  const event = outcome.workspace === null ? 'succeeded' : 'paused'
  const doubt =
    doubtAbout(job, outcome) ?? (next(stage.type, stage.state, event) === null ? misplaced(stage, event) : null)
  if (doubt !== null) return { event: 'failed', by: null, note: doubt }
  return { event, by: null, note: event === 'succeeded' && outcome.changes === false ? 'no changes' : null }
}

/** Why what was reported cannot be so. */
function doubtAbout(job: JobRecord, outcome: Outcome): string | null {
  if (outcome.workspace !== null && !isSame(job.workspace, outcome.workspace)) {
    return 'the worker reported a workspace that did not arrive: the plan cannot be applied'
  }
  if (job.pauses && outcome.changes === true && outcome.workspace === null) {
    return 'the worker planned changes and kept no workspace: the plan cannot be applied'
  }
  return null
}

function misplaced(stage: Stage, event: RunEvent): string {
  return `the worker reported that the run ${event} in the state ${stage.state}, in which that cannot happen`
}

function isSame(stored: Stored | null, reported: Stored): boolean {
  return stored?.length === reported.length && stored.sha256 === reported.sha256
}

function failureOf({ failure, exitCode }: Outcome): string {
  if (failure !== null) return `${failure.code}: ${failure.message}`
  return exitCode === null ? 'the worker gave no reason' : `exit code ${exitCode}`
}

function stoppedBy({ stop }: JobRecord, outcome: Outcome): { by: string | null; note: string } {
  if (stop === null) return { by: null, note: failureOf(outcome) }
  return { by: stop.by, note: stop.note }
}
