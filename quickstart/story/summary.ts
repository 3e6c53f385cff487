import type { RunView, TransitionView } from '../system/shapes.ts'

/** One line of the summary: a state that the run was in, whose doing it was, and for how long. */
export interface Stretch {
  readonly state: string
  readonly worker: string | null
  /** Null for the last state. */
  readonly seconds: number | null
}

/** A run's states in order. `names`: the workers' names by their ids. */
export function stretchesOf(run: RunView, names: ReadonlyMap<string, string>): Stretch[] {
  const history = run.history ?? []
  return history.map((transition, index) => {
    const next: TransitionView | undefined = history[index + 1]
    const worker = transition.worker ? (names.get(transition.worker) ?? transition.worker) : null
    return { state: transition.state, worker, seconds: next ? next.timestamp - transition.timestamp : null }
  })
}

/** The summary of a run, in lines. */
export function summaryOf(run: RunView, names: ReadonlyMap<string, string>): string[] {
  const stretches = stretchesOf(run, names)
  const rows = stretches.map(({ state, worker, seconds }) =>
    [state.padEnd(18), (worker ?? '').padEnd(12), seconds === null ? '' : `${seconds} s`].join(' ').trimEnd(),
  )
  const planner = workerOf(stretches, 'PLANNING')
  const applier = workerOf(stretches, 'APPLYING')
  if (!planner) return rows
  return [...rows, '', applier ? `Planned by ${planner}, applied by ${applier}.` : `Planned by ${planner}.`]
}

function workerOf(stretches: readonly Stretch[], state: string): string | null {
  return stretches.findLast((stretch) => stretch.state === state)?.worker ?? null
}
