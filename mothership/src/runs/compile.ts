import type { Job, JobSource, JobState } from '../../../protocol/job.ts'
import type { Stored } from '../../../protocol/report.ts'
import type { StackSource } from '../stacks/definition.ts'
import type { OpenStack } from '../stacks/snapshot.ts'
import type { JobRecord, RunRecord } from './table.ts'

/** Everything that a job's document is made of. */
export interface JobIngredients {
  readonly run: RunRecord
  readonly job: JobRecord
  readonly stack: OpenStack
  /** What the job before this one left, if this one goes on after a pause. */
  readonly continues: Stored | null
  /** Null if somebody else keeps the stack's state. */
  readonly state: Omit<JobState, 'insist'> | null
  /** By which the run proves to clouds who it is. */
  readonly oidcToken: string
  /** What this mothership is called. */
  readonly account: string
}

/** The document that a worker does a job by. Pure. It holds secrets in the clear. */
export function compileJob({ run, job, stack, continues, state, oidcToken, account }: JobIngredients): Job {
  return {
    id: job.id,
    run: run.id,
    worker: job.worker,
    type: run.type,
    ...(account !== '' && { account }),
    stack: {
      id: stack.id,
      name: stack.name,
      labels: [...stack.labels],
      space: stack.space,
      ...(stack.branch != null && { branch: stack.branch }),
      ...(stack.repository != null && { repository: stack.repository }),
    },
    createdAt: run.createdAt,
    triggeredBy: run.triggeredBy,
    metadata: [...run.metadata.triggered, ...run.metadata.confirmed],
    commit: { hash: run.commit, message: '', author: '', branch: run.branch || (stack.branch ?? '') },
    phases: [...job.phases],
    pause: job.pauses,
    continues,
    tool: stack.tool,
    image: stack.image,
    source: sourceOf(stack.source, run.commit),
    projectRoot: stack.projectRoot,
    environment: [...stack.environment],
    files: [...stack.files],
    hooks: hooksOf(stack),
    command: run.command,
    sensitiveOutputs: stack.sensitiveOutputs ?? true,
    maskWellKnown: stack.maskWellKnown ?? false,
    state: state && { ...state, insist: stack.state === 'managed' },
    oidcToken,
  }
}

function sourceOf(source: StackSource, commit: string): JobSource {
  switch (source.kind) {
    case 'archive':
      return { kind: 'archive', length: source.length, sha256: source.sha256 }
    case 'git':
      return { ...source, commit: commit === '' ? null : commit }
    case 'none':
      return { kind: 'none' }
  }
}

function hooksOf(stack: OpenStack): Job['hooks'] {
  return Object.fromEntries(Object.entries(stack.hooks).map(([name, commands]) => [name, [...commands]]))
}
