import type { RunView } from '../system/shapes.ts'

const over = ['FINISHED', 'FAILED', 'STOPPED', 'CANCELED', 'DISCARDED', 'SKIPPED']

/** Whether a run has come to its end. */
export function isOver(run: RunView): boolean {
  return run.finished ?? over.includes(run.state)
}

/** Whether a run waits for a person. */
export function isUnconfirmed(run: RunView): boolean {
  return run.state === 'UNCONFIRMED'
}
