import { describe, expect, it } from 'vitest'
import { logOf, startRun } from '../system/runs.ts'
import { mothership, over, reaches } from './control.ts'
import { sharedWorkers } from './shared-workers.ts'

interface WorkerShown {
  readonly id: string
  readonly metadata: Readonly<Record<string, string>> | string
}

describe('two pods', () => {
  const shared = sharedWorkers({ name: 'hand-over', values: { replicaCount: 2 } })

  it('share a run: one plans, the other applies what was planned', async () => {
    const workers = await shared()
    const workflow =
      'init: echo ready\nplan: |\n  hostname > planned-by\n  echo "planned"\napply: echo "applying what $(cat planned-by) planned"\n'
    const files = JSON.stringify([{ path: 'source/.spacelift/workflow.yml', content: workflow }])
    const stack = await workers.stack('plans', `tool: custom\nfiles: ${files}`)
    const run = await startRun(workers.people, stack)
    const planned = await reaches(workers.people, run, ['UNCONFIRMED'])
    const planner = planned.history.find(({ state }) => state === 'PLANNING')?.worker ?? ''
    const host = /planned\n/.test(await logOf(workers.people, run, 'PLANNING'))
    expect(host).toBe(true)
    // The other one is the only one that may take the apply.
    await mothership<WorkerShown>('worker', 'drain', planner)
    await mothership('run', 'confirm', run)
    const ended = await over(workers.people, run)
    await mothership('worker', 'undrain', planner)
    expect(ended.state).toBe('FINISHED')
    expect(ended.history.find(({ state }) => state === 'APPLYING')?.worker).not.toBe(planner)
    expect(await logOf(workers.people, run, 'APPLYING')).toMatch(/applying what [0-9a-f]{12} planned/)
  })
})
