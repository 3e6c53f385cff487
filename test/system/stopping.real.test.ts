import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { RunShown, World } from '../support/world.ts'
import { containersOf } from './containers.ts'
import { launch } from './process.ts'
import { applyStack, logOf, says, startRun, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * Who ends what: people end runs, drain workers and cycle pools; signals end launchers.
 */
const last = ({ history }: RunShown) => history.at(-1)

interface WorkerShown {
  readonly id: string
  readonly status: string
}

const workers = (world: World) => world.cli<WorkerShown[]>(['worker', 'list'])

/** A task that says when it has begun, and tells of each signal that it gets; the last command is how it goes on. */
const telling = (then: string) =>
  `trap 'echo interrupted; exit 3' INT; trap 'echo terminated' TERM; echo begun; ${then}`

describe('a person', () => {
  const shared = sharedWorld({ launchers: 2 })

  it('stops a plan: the tool ends well, gives the lock of the state back, and the stack is free', async () => {
    const { world, people } = await shared()
    const tool = 'tool: { name: opentofu, version: 1.12.6 }'
    const stack = await world.stack({
      'stack.yaml': `name: long plan\n${tool}\nhooks: { before_plan: ["echo it begins"], after_run: ["echo after $TF_VAR_spacelift_final_run_state"] }`,
      'main.tf': 'resource "terraform_data" "many" {\n  count = 10000\n  input = "number ${count.index}"\n}\n',
    })
    const run = await startRun(people, stack)
    await says(people, run, 'it begins')
    // By the API, because the plan is over in a few seconds.
    const stop = 'mutation($stack: ID!, $run: ID!) { runStop(stack: $stack, run: $run, note: "not today") { id } }'
    await people.ask(stop, { stack, run })
    const stopped = await world.reaches(run, ['STOPPED'])
    expect(last(stopped)?.note).toContain('not today')
    const log = await logOf(people, run, 'PLANNING')
    expect(log).toContain('The run was stopped by')
    expect(log).toContain('Interrupt received')
    expect(log).toContain('after STOPPED\n')
    expect(await containersOf(run)).toEqual([])
    const query = 'query($id: ID!) { stack(id: $id) { stateLock { id } blocker { id } } }'
    expect(await people.ask(query, { id: stack })).toEqual({ stack: { stateLock: null, blocker: null } })
  })

  it('cannot stop what changes something, and kills it', async () => {
    const { world, people } = await shared()
    const stack = await applyStack(people, 'name: stubborn\ntool: custom')
    const run = await startTask(people, stack, "trap '' INT TERM; echo begun; while :; do sleep 0.1; done")
    await says(people, run, 'begun\n')
    const refused = await world.command(['run', 'stop', run])
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('is PERFORMING; stop needs PREPARING or INITIALIZING or PLANNING')
    await world.cli(['run', 'kill', run, '--note', 'enough'])
    const killed = await world.reaches(run, ['STOPPED'], 20_000)
    expect(last(killed)?.note).toContain('enough')
    expect(await logOf(people, run)).toContain('The run was killed by')
    expect(await containersOf(run)).toEqual([])
  })

  it('cancels a run that waits for its stack, and discards the plan that it waited for', async () => {
    const { world, people } = await shared()
    const workflow = JSON.stringify([{ path: 'source/.spacelift/workflow.yml', content: 'apply: echo applied' }])
    const stack = await applyStack(people, `name: waiting\ntool: custom\nfiles: ${workflow}`)
    const first = await startRun(people, stack)
    await world.reaches(first, ['UNCONFIRMED'])
    const second = await startRun(people, stack)
    expect((await world.show(second)).state).toBe('QUEUED')
    await world.cli(['run', 'cancel', second])
    expect((await world.show(second)).state).toBe('CANCELED')
    expect((await world.command(['run', 'confirm', second])).code).toBe(4)
    await world.cli(['run', 'discard', first])
    expect((await world.show(first)).state).toBe('DISCARDED')
    expect((await world.command(['run', 'confirm', first])).code).toBe(4)
    const third = await startRun(people, stack)
    await world.reaches(third, ['UNCONFIRMED'])
    expect(await logOf(people, first)).not.toContain('applied')
  })

  it('drains workers: the job in hand goes on, no other is given, until they are undrained', async () => {
    const { world, people } = await shared()
    const stack = await applyStack(people, 'name: drained\ntool: custom')
    const running = await startTask(people, stack, 'echo begun; sleep 2; echo done')
    await says(people, running, 'begun\n')
    const all = await workers(world)
    const busy = all.find(({ status }) => status === 'BUSY')
    const idle = all.find(({ status }) => status === 'IDLE')
    if (!busy || !idle) throw new Error(`expected a busy and an idle worker: ${JSON.stringify(all)}`)
    try {
      await world.cli(['worker', 'drain', idle.id])
      const drained = await world.command(['worker', 'drain', busy.id, '--wait'])
      expect(drained).toMatchObject({ code: 0, stdout: `Worker ${busy.id} has no job and takes none.\n` })
      expect((await world.show(running)).state).toBe('FINISHED')
      expect((await workers(world)).map(({ status }) => status)).toEqual(['DRAINED', 'DRAINED'])
      const waiting = await startTask(people, stack, 'true')
      // Long enough for a worker that takes what it must not.
      await sleep(1500)
      expect((await world.show(waiting)).state).toBe('READY')
      await world.cli(['worker', 'undrain', idle.id])
      const finished = await world.reaches(waiting, ['FINISHED'])
      expect(finished.history.find(({ state }) => state === 'PERFORMING')?.worker).toBe(idle.id)
    } finally {
      for (const { id } of [busy, idle]) await world.cli(['worker', 'undrain', id])
    }
  })
})

describe('a launcher', () => {
  const shared = sharedWorld({ launchers: 0 })

  it('is gone within two seconds of a SIGTERM if it is idle, with a goodbye', async () => {
    const { world } = await shared()
    await using launcher = await launch(world, 'idle')
    const begun = performance.now()
    launcher.child.kill('SIGTERM')
    expect(await launcher.ended).toBe(0)
    // Two seconds by the clock of a quiet machine; tests share theirs.
    expect(performance.now() - begun).toBeLessThan(5000)
    expect(await workers(world)).toEqual([])
    expect(launcher.err).toBe('')
  })

  it('ends its job, takes no other, and says goodbye after one SIGTERM', async () => {
    const { world, people } = await shared()
    await using launcher = await launch(world, 'busy')
    const stacks = await Promise.all(['one', 'two'].map((name) => applyStack(people, `name: ${name}\ntool: custom`)))
    const run = await startTask(people, stacks[0] ?? '', telling('sleep 2; echo done'))
    await says(people, run, 'begun\n')
    const next = await startTask(people, stacks[1] ?? '', 'true')
    launcher.child.kill('SIGTERM')
    expect(await launcher.ended).toBe(0)
    expect((await world.show(run)).state).toBe('FINISHED')
    const log = await logOf(people, run)
    expect(log).toContain('\ndone\n')
    expect(log).not.toMatch(/interrupted|terminated/)
    expect((await world.show(next)).state).toBe('READY')
    expect(await workers(world)).toEqual([])
    await world.cli(['run', 'cancel', next])
  })

  it('interrupts its job at the second SIGTERM, and reports it', async () => {
    const { world, people } = await shared()
    await using launcher = await launch(world, 'hurried')
    const stack = await applyStack(people, 'name: hurried\ntool: custom')
    const run = await startTask(people, stack, telling('while :; do sleep 0.1; done'))
    await says(people, run, 'begun\n')
    launcher.child.kill('SIGTERM')
    await launcher.says('"to":"draining"')
    launcher.child.kill('SIGTERM')
    expect(await launcher.ended).toBe(0)
    const failed = await world.show(run)
    expect(failed.state).toBe('FAILED')
    expect(last(failed)?.note).toMatch(/^LAUNCHER_STOPPING: The launcher had to stop before the run was over/)
    expect(await logOf(people, run)).toContain('\ninterrupted\n')
    expect(await containersOf(run)).toEqual([])
  })

  it('leaves when its pool is cycled, in the middle of a job too, which is interrupted and reported', async () => {
    const { world, people } = await shared()
    await using first = await launch(world, 'first')
    await using second = await launch(world, 'second')
    const stack = await applyStack(people, 'name: cycled\ntool: custom')
    const run = await startTask(people, stack, telling('while :; do sleep 0.1; done'))
    await says(people, run, 'begun\n')
    await world.cli(['pool', 'cycle', 'test'])
    expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0])
    const failed = await world.show(run)
    expect(failed.state).toBe('FAILED')
    expect(last(failed)?.note).toMatch(/^LAUNCHER_STOPPING: .*the pool was cycled by /)
    expect(await logOf(people, run)).toContain('\ninterrupted\n')
    expect(await workers(world)).toEqual([])
    await using anew = await launch(world, 'first')
    expect(await workers(world)).toMatchObject([{ status: 'IDLE' }])
    anew.child.kill('SIGTERM')
    await anew.ended
  })
})
