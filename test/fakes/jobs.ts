import { ulid } from 'ulid'
import type { Job } from '../../protocol/job.ts'

/** A small job: a task without a source, for a worker. */
export function sampleJob(worker: string, changes: Partial<Job> = {}): Job {
  return {
    id: ulid(),
    run: ulid(),
    worker,
    type: 'TASK',
    stack: { id: 'a-stack', name: 'a stack', labels: [], space: 'root' },
    createdAt: 1_790_000_000_000,
    triggeredBy: 'somebody',
    commit: { hash: '', message: '', author: '', branch: '' },
    phases: ['PERFORMING'],
    pause: false,
    continues: null,
    tool: { name: 'custom', version: null },
    image: null,
    source: { kind: 'none' },
    projectRoot: '',
    environment: [],
    files: [],
    hooks: {},
    command: 'true',
    state: null,
    ...changes,
  }
}
