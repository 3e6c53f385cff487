import type { Orders, StopOrder } from '../../../protocol/worker.ts'

/** What a launcher is doing when it hears orders. */
export interface Standing {
  /** The job in hand. */
  readonly job: string | null
  readonly draining: boolean
  /** The last report of the job in hand is on its way: the control plane may know more of the job's end than this launcher. */
  readonly finishing: boolean
}

/** What orders mean for a launcher, in the order in which it is to be done. */
export type Action =
  | { readonly do: 'take'; readonly job: string }
  | { readonly do: 'stop'; readonly job: string; readonly stop: StopOrder }
  /** The job in hand is not this worker's any more. */
  | { readonly do: 'lose'; readonly job: string }
  | { readonly do: 'leave'; readonly reason: string }

/** Reads orders: the table of `protocol/README.md` section 5. */
export function actionsOf(orders: Orders, standing: Standing): Action[] {
  const leave = orders.leave === null ? [] : [{ do: 'leave', reason: orders.leave } as const]
  return [...aboutJob(orders, standing), ...leave]
}

function aboutJob(orders: Orders, { job, draining, finishing }: Standing): Action[] {
  const ordered = orders.job
  // While it is being finished, the report's own answer says whether the job was lost; and the next job is asked for after it.
  if (job !== null && ordered?.id !== job) return finishing ? [] : [{ do: 'lose', job }]
  if (!ordered) return []
  // A job that is to stop already is taken all the same: somebody must report its end.
  const stop = ordered.stop ? [{ do: 'stop', job: ordered.id, stop: ordered.stop } as const] : []
  if (job !== null) return stop
  return draining || orders.leave !== null ? [] : [{ do: 'take', job: ordered.id }, ...stop]
}
