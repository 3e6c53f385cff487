import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { inject } from 'vitest'
import type { Job } from '../../../protocol/job.ts'
import { systemClock } from '../../../launcher/src/base/clock.ts'
import { openPolicy, type OpenedPolicy, type PolicySettings } from '../../../launcher/src/policy/open-policy.ts'
import { Scratch } from '../../../launcher/src/policy/scratch.ts'
import { sampleJob } from '../../fakes/jobs.ts'
import '../../support/provided.ts'

const worker = '01JD0000000000000000000009'

/** A policy on the real opa, and what it kept. */
export interface PolicyWorld extends OpenedPolicy {
  readonly samples: string[]
  /** What it says of a job. */
  readonly judge: (changes?: Partial<Job>, image?: string) => Promise<readonly string[]>
}

/** Opens a policy's text as the launcher opens its file. */
export async function policyOf(text: string, settings: Partial<PolicySettings> = {}): Promise<PolicyWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'policy-test-'))
  const samples: string[] = []
  try {
    const path = join(directory, 'policy.rego')
    await writeFile(path, text)
    const opened = await openPolicy({
      settings: { ...defaults, opa: inject('opa'), path, ...settings },
      env: { ...process.env, SPACELIFT_TOKEN: 'the token' },
      beside: directory,
      launcherVersion: '1.2.3',
      clock: systemClock,
      scratch: new Scratch([tmpdir()]),
      log: pino({ level: 'silent' }),
      sampled: (line) => samples.push(line),
    })
    const judge = (changes: Partial<Job> = {}, image = 'image:1') =>
      opened.policy.judge({ job: sampleJob(worker, changes), image }, new AbortController().signal)
    return { ...opened, samples, judge }
  } finally {
    await rm(directory, { recursive: true })
  }
}

const defaults = { timeoutMs: 10_000, exec: false, http: false, onFailedCall: 'deny' } as const
