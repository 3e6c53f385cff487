/** The default first part of every topic. */
export const defaultNamespace = 'spacelift'

/** The two topics of one worker. Nobody but the mothership writes the first; nobody but the worker writes the second. */
export interface WorkerTopics {
  /** The mothership to the worker. */
  readonly readonly: string
  /** The worker to the mothership. */
  readonly writeonly: string
}

/** The topics of a worker: `<namespace>/readonly/<pool>/<worker>` and `<namespace>/writeonly/<pool>/<worker>`. */
export function workerTopics(pool: string, worker: string, namespace = defaultNamespace): WorkerTopics {
  return {
    readonly: `${namespace}/readonly/${pool}/${worker}`,
    writeonly: `${namespace}/writeonly/${pool}/${worker}`,
  }
}
