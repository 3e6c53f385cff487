import type { Phase, RunType } from '../../../protocol/job.ts'

/** What one job of a run does. */
export interface Stretch {
  readonly phases: readonly Phase[]
  /** Ends after a PLANNING that found changes, for a person to confirm. */
  readonly pauses: boolean
}

/** What decides about the jobs of a run. */
export interface Course {
  readonly type: RunType
  readonly skipInitialization: boolean
  readonly autodeploy: boolean
  /** A job of the run paused, and was confirmed. */
  readonly confirmed: boolean
}

/** The stretch of a run that its next job does. */
export function nextStretch(course: Course): Stretch {
  switch (course.type) {
    case 'PROPOSED':
      return { phases: ['INITIALIZING', 'PLANNING'], pauses: false }
    case 'TRACKED':
      return trackedStretch(course)
    case 'TASK':
      return { phases: course.skipInitialization ? ['PERFORMING'] : ['INITIALIZING', 'PERFORMING'], pauses: false }
    case 'DESTROY':
      return { phases: ['INITIALIZING', 'DESTROYING'], pauses: false }
  }
}

function trackedStretch({ confirmed, autodeploy }: Course): Stretch {
  if (confirmed) return { phases: ['APPLYING'], pauses: false }
  if (autodeploy) return { phases: ['INITIALIZING', 'PLANNING', 'APPLYING'], pauses: false }
  return { phases: ['INITIALIZING', 'PLANNING'], pauses: true }
}
