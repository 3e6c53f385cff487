import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Job } from '../../../protocol/job.ts'
import { LauncherError } from '../../../launcher/src/base/errors.ts'
import type { ContainerPlan } from '../../../launcher/src/run/engine.ts'
import type { JournalEntry } from '../../../launcher/src/run/journal/journal-record.ts'
import { directoryLabel, labels } from '../../../launcher/src/run/plan.ts'
import type { RunSettings } from '../../../launcher/src/run/run.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { until } from '../../fakes/until.ts'
import { never } from './fake-control.ts'
import { World, type Scene } from './world.ts'

const run = '01JD0000000000000000000002'
const claim = '01JD0000000000000000000003'
const word = '0123456789abcdef0123456789abcdef'
const quiet = new AbortController().signal

interface Before {
  readonly play: (scene: Scene) => Promise<number>
  /** What the journal has beside the usual. */
  readonly more?: readonly JournalEntry[]
  readonly started?: boolean
  readonly settings?: Partial<RunSettings>
  readonly job?: Partial<Job>
}

/** A launcher that starts where another one was killed: with a container, and a journal that knows it. */
async function killed({ play, more = [], started = true, settings = {}, job: changes = {} }: Before) {
  const marked = (scene: Scene) => play({ ...scene, mark: (text) => scene.stage.write(`\x1e${word} ${text}\x1e`) })
  const world = new World({ play: marked, settings })
  const job = world.job({ run, ...changes })
  world.control.claim = claim
  const workspace = join(world.directory, 'jobs', job.id, 'workspace')
  mkdirSync(workspace, { recursive: true })
  mkdirSync(join(world.directory, 'jobs', job.id, 'script'))
  const id = await world.engine.create(planOf(world, job.id, workspace), quiet)
  if (started) await start(world, id)
  const state = { path: join(workspace, 'errored.tfstate'), modified: null }
  const records: JournalEntry[] = [
    { kind: 'accepted', at: world.clock.now() },
    { kind: 'workspace', run },
    { kind: 'claim', claim },
    { kind: 'container', id, word, state },
    { kind: 'started' },
    ...more,
  ]
  mkdirSync(join(world.directory, 'journal'))
  const lines = records.map((record) => `${JSON.stringify({ version: 2, ...record })}\n`)
  writeFileSync(join(world.directory, 'journal', `${job.id}.jsonl`), lines.join(''))
  world.words.push(word)
  return { world, job, id, signals: () => world.engine.calls.filter((call) => call.startsWith('signal')) }
}

function planOf(world: World, job: string, workspace: string): ContainerPlan {
  const owned = { [labels.managed]: 'true', [labels.job]: job, [labels.directory]: directoryLabel(world.directory) }
  const limits = { network: 'none', runtime: null, extraHosts: [], memoryBytes: null, cpus: null, pids: 1 }
  const about = { command: ['true'], environment: [], workingDirectory: '/', user: '0:0', ...limits }
  const mounts = [{ source: workspace, target: '/mnt/workspace', readOnly: false }]
  return { ...about, name: job, image: 'default:1', mounts, labels: owned }
}

/** Nobody reads what the dead launcher read. */
async function start(world: World, id: string): Promise<void> {
  const output = await world.engine.attach(id, quiet)
  await world.engine.start(id, quiet)
  void (async () => {
    for await (const _ of output);
  })()
}

const ending = async ({ stage, mark }: Scene) => {
  await mark('phase PERFORMING')
  await stage.write('working\n')
  await mark('end 4 command')
  return 4
}

/** Waits for a signal, and ends as a script does that got one. */
const interruptible = async ({ stage, mark }: Scene) => {
  await mark('phase PERFORMING')
  await stage.signalled()
  await mark('end 130 command')
  return 130
}

describe('a launcher that finds the container of a killed one', () => {
  it('goes on with it, and ends it as if nothing had been', async () => {
    const { world, job } = await killed({ play: ending })
    using _ = world
    expect(await world.conductor.recover()).toBe(job.id)
    expect(world.engine.containers).toHaveLength(1)
    expect(await world.conduct(job)).toMatchObject({
      result: 'failed',
      exitCode: 4,
      failure: { code: 'COMMAND_FAILED' },
    })
    expect(world.control.reports.map(({ kind }) => kind)).toEqual(['phase', 'finished'])
    expect(world.control.text).toContain('goes on with the run')
    expect([world.leftovers, world.engine.containers]).toEqual([[], []])
  })

  it('starts one that was about to be started', async () => {
    const { world, job, id } = await killed({ play: ending, started: false })
    using _ = world
    await world.conductor.recover()
    expect(await world.conduct(job)).toMatchObject({ exitCode: 4 })
    expect(world.engine.calls.filter((call) => call === `start ${id}`)).toHaveLength(1)
    expect(world.control.calls).not.toContain('start')
  })

  it('repeats a phase as it was reported, under its number', async () => {
    const report = { kind: 'phase', sequence: 1, at: 12, phase: 'PERFORMING', logOffset: 3 } as const
    const { world, job } = await killed({ play: ending, more: [{ kind: 'report', report }] })
    using _ = world
    await world.conductor.recover()
    await world.conduct(job)
    expect(world.control.reports[0]).toEqual(report)
    expect(world.control.reports.map(({ sequence }) => sequence)).toEqual([1, 2])
  })

  it('says that it is gone, if it is', async () => {
    const { world, job, id } = await killed({ play: ending })
    using _ = world
    await world.engine.remove(id)
    await world.conductor.recover()
    expect(await world.conduct(job)).toMatchObject({ result: 'failed', failure: { code: 'CONTAINER_LOST' } })
  })

  it('goes on with a ladder where it was, for the same reason', async () => {
    const stop = { kind: 'stop', cause: 'stopped', by: 'Ada', note: null } as const
    const sent = { kind: 'signal', name: 'SIGINT', at: new ManualClock().now() - 29_000 } as const
    const { world, job, signals } = await killed({ play: interruptible, more: [stop, sent] })
    using _ = world
    await world.conductor.recover()
    const over = world.conduct(job)
    await until('what is left of the grace', () => world.clock.sleeping.includes(1000))
    expect(signals()).toEqual([])
    await world.clock.advance(1000)
    await until('the next signal', () => signals().length === 1)
    expect(signals().map((call) => call.split(' ').at(-1))).toEqual(['SIGTERM'])
    expect(await over).toMatchObject({ result: 'stopped', failure: { message: 'The run was stopped by Ada.' } })
  })

  it('ends it while the control plane is away, when its time is over', async () => {
    const settings = { runTimeoutMs: 60_000 }
    const { world, job, signals } = await killed({ play: interruptible, settings })
    using _ = world
    const back = Promise.withResolvers<void>()
    world.control.before('fetch', () => back.promise)
    await world.conductor.recover()
    const over = world.conduct(job)
    await until('the question for the job', () => world.control.calls.includes('fetch'))
    await world.clock.advance(60_000)
    await until('the signal', () => signals().length === 1)
    back.resolve()
    expect(await over).toMatchObject({ result: 'failed', failure: { code: 'RUN_TIMEOUT' } })
  })

  it.each(['JOB_LOST', 'CONTROL_REFUSED'] as const)(
    'ends it if the control plane answers %s, and rescues the state',
    async (code) => {
      const working = async ({ stage, workspace }: Scene) => {
        const name = await stage.signalled()
        writeFileSync(join(workspace, 'errored.tfstate'), name)
        return 1
      }
      const { world, job } = await killed({ play: working })
      using _ = world
      world.control.before('fetch', () => {
        throw new LauncherError(code, 'no')
      })
      await world.conductor.recover()
      await world.conduct(job)
      expect(world.control.erroredState?.toString()).toBe('SIGINT')
      expect([world.leftovers, world.engine.containers]).toEqual([[], []])
      expect(world.control.reports.map(({ kind }) => kind)).toEqual(code === 'JOB_LOST' ? [] : ['finished'])
    },
  )

  it('leaves it to the next one if it must go before the control plane is back', async () => {
    const { world, job } = await killed({ play: interruptible })
    using _ = world
    world.control.before('fetch', never)
    const hurry = new AbortController()
    await world.conductor.recover()
    const over = world.conductor.conduct(job.id, quiet, hurry.signal)
    await until('the question for the job', () => world.control.calls.includes('fetch'))
    hurry.abort()
    await until('the last minute', () => world.clock.sleeping.includes(60_000))
    await world.clock.advance(60_000)
    await over
    expect(await world.conductor.owes()).toBe(true)
    expect(world.engine.containers).toHaveLength(1)
  })
})
