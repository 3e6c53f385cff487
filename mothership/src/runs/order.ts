import type { RunType } from '../../../protocol/job.ts'

/*
 * The order in which waiting runs go to workers: what a person put first, then the runs that change things before the ones that only
 * show, then the oldest. A run that came back from a worker keeps its age, and so is first in its class again.
 */

/** Of two runs of equal priority the smaller rank goes first. Kept with the run, so that the queue is read in order from an index. */
export function rankOf(type: RunType): number {
  return type === 'PROPOSED' ? 1 : 0
}

/** Whether a run needs its stack for itself from READY until it is over. A PROPOSED run changes nothing and needs nothing. */
export function holdsStack(type: RunType): boolean {
  return type !== 'PROPOSED'
}

/** What decides a run's place in the queue. */
export interface Place {
  readonly prioritized: boolean
  readonly rank: number
  readonly createdAt: number
  readonly id: string
}

/** Negative if `left` goes first. The tables' queue methods sort by the same. */
export function comparePlaces(left: Place, right: Place): number {
  return (
    Number(right.prioritized) - Number(left.prioritized) ||
    left.rank - right.rank ||
    left.createdAt - right.createdAt ||
    (left.id < right.id ? -1 : Number(left.id > right.id))
  )
}
