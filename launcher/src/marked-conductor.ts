import type { PodMarks } from './kubernetes/pod-marks.ts'
import type { WorkerParts } from './worker-parts.ts'

/**
 * Conducts jobs with the pod marked as busy, from before a job's first side effect until after its last report. What an earlier process left in
 * this pod goes with the mark that it left, until all of it is settled.
 */
export function markedConductor(
  conductor: WorkerParts['conductor'],
  marks: Pick<PodMarks, 'busy' | 'idle'>,
): WorkerParts['conductor'] {
  return {
    async conduct(job, signal, hurry) {
      await marks.busy()
      await conductor.conduct(job, signal, hurry).finally(() => marks.idle())
    },
    async recover(signal) {
      const left = await conductor.recover(signal)
      if (left === null) marks.idle()
      return left
    },
    owes: () => conductor.owes(),
  }
}
