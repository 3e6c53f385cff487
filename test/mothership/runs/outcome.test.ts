import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../protocol/report.ts'
import { runTypes } from '../../../protocol/job.ts'
import { judge } from '../../../mothership/src/runs/outcome.ts'
import { next, working } from '../../../mothership/src/runs/states.ts'
import type { JobRecord } from '../../../mothership/src/runs/table.ts'

const stored = { length: 3, sha256: 'a'.repeat(64) }
const planned = { type: 'TRACKED', state: 'PLANNING' } as const

function job(changes: Partial<JobRecord> = {}): JobRecord {
  return { pauses: true, workspace: stored, stop: null, ...changes } as JobRecord
}

function outcome(changes: Partial<Outcome> = {}): Outcome {
  return { result: 'succeeded', changes: true, exitCode: 0, failure: null, workspace: stored, ...changes }
}

describe('the outcome of a job', () => {
  it('leads to every state that the table has for it, and to FAILED for whatever it has not', () => {
    const outcomes = fc.record({
      result: fc.constantFrom('succeeded', 'failed', 'stopped'),
      changes: fc.constantFrom(true, false, null),
      exitCode: fc.constantFrom(null, 0, 1),
      failure: fc.constantFrom(null, { code: 'X', fault: 'run' as const, message: 'm' }),
      workspace: fc.constantFrom(null, stored, { length: 4, sha256: 'b'.repeat(64) }),
    }) as fc.Arbitrary<Outcome>
    const stages = fc.tuple(fc.constantFrom(...runTypes), fc.constantFrom(...working), fc.boolean())
    fc.assert(
      fc.property(outcomes, stages, (what, [type, state, pauses]) => {
        const { event } = judge(job({ pauses }), { type, state }, what)
        expect(next(type, state, event)).not.toBeNull()
      }),
      { numRuns: 2000 },
    )
  })

  it('is a pause with the workspace that was stored, and no other', () => {
    expect(judge(job(), planned, outcome()).event).toBe('paused')
    expect(judge(job({ workspace: null }), planned, outcome()).event).toBe('failed')
    expect(judge(job(), planned, outcome({ workspace: { ...stored, length: 4 } })).event).toBe('failed')
    expect(judge(job(), planned, outcome({ workspace: null })).note).toContain('kept no workspace')
    expect(judge(job(), planned, outcome({ workspace: null, changes: false }))).toMatchObject({
      event: 'succeeded',
      note: 'no changes',
    })
  })

  it('says who stopped it and why', () => {
    const stop = { kind: 'stop', by: 'api::1', note: 'wrong branch' } as const
    expect(judge(job({ stop }), planned, outcome({ result: 'stopped' }))).toEqual({
      event: 'stopped',
      by: 'api::1',
      note: 'wrong branch',
    })
    const failure = { code: 'LAUNCHER_STOPPING', fault: 'host', message: 'the pod ends' } as const
    expect(judge(job(), planned, outcome({ result: 'stopped', failure })).note).toBe('LAUNCHER_STOPPING: the pod ends')
  })

  it('names the exit code where there is nothing better', () => {
    expect(judge(job(), planned, outcome({ result: 'failed', exitCode: 3 })).note).toBe('exit code 3')
    expect(judge(job(), planned, outcome({ result: 'failed', exitCode: null })).note).toBe('the worker gave no reason')
  })
})
