import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import type { Report } from '../../../../protocol/report.ts'
import { LauncherError } from '../../../../launcher/src/base/errors.ts'
import type { JournalRecord } from '../../../../launcher/src/run/journal/journal-record.ts'
import { keepTail } from '../../../../launcher/src/run/journal/log-tail.ts'
import { decideRecovery } from '../../../../launcher/src/run/journal/recovery.ts'
import type { ContainerPlan } from '../../../../launcher/src/run/engine.ts'
import { directoryLabel, labels } from '../../../../launcher/src/run/plan.ts'
import { succeeding, World } from '../world.ts'

const never = new AbortController().signal

const run = ulid()
const claim = ulid()
const word = '0123456789abcdef0123456789abcdef'
const phase: Report = { kind: 'phase', sequence: 1, at: 1, phase: 'PERFORMING', logOffset: 3 }
const outcome = { result: 'succeeded', changes: null, exitCode: 0, failure: null, workspace: null } as const
const finished: Report = { kind: 'finished', sequence: 2, at: 2, outcome, logLength: 10, lostBytes: 1 }

const records: JournalRecord[] = [
  { version: 1, kind: 'accepted', at: 1 },
  { version: 1, kind: 'workspace', run },
  { version: 1, kind: 'claim', claim },
  { version: 1, kind: 'container', id: 'x', word, state: null },
  { version: 1, kind: 'started' },
  { version: 1, kind: 'report', report: phase },
  { version: 1, kind: 'report', report: finished },
  { version: 1, kind: 'reported' },
]

it.each([
  [0, { do: 'again' }],
  [1, { do: 'again' }],
  [2, { do: 'again' }],
  [3, { do: 'again' }],
  [4, { do: 'again' }],
  [5, { do: 'fail', reports: [] }],
  [6, { do: 'fail', reports: [phase] }],
  [7, { do: 'report', reports: [phase, finished] }],
  [8, { do: 'forget' }],
])('decides by the journal after %i records', (count, decision) => {
  expect(decideRecovery(records.slice(0, count))).toEqual(decision)
})

it('goes on with a container that was started, if the journal has the lines of the log', () => {
  const newer = records.map((record) => ({ ...record, version: 2 as const }))
  expect(decideRecovery(newer.slice(0, 6))).toEqual({ do: 'resume', container: newer[3], reports: [phase] })
  expect(decideRecovery(newer.slice(0, 4))).toEqual({ do: 'again' })
  expect(decideRecovery(newer.slice(0, 7)).do).toBe('report')
})

/** A launcher that starts where another one ended after so many records. */
function restarted(count: number, play = succeeding('PERFORMING')) {
  const world = new World({ play })
  const job = world.job({ run })
  mkdirSync(join(world.directory, 'journal'))
  mkdirSync(join(world.directory, 'jobs', job.id, 'workspace'), { recursive: true })
  mkdirSync(join(world.directory, 'jobs', ulid(), 'workspace'), { recursive: true })
  const lines = records.slice(0, count).map((record) => `${JSON.stringify(record)}\n`)
  writeFileSync(join(world.directory, 'journal', `${job.id}.jsonl`), lines.join(''))
  world.control.log = Buffer.from('held')
  return { world, job }
}

function planOf(world: World, job: string): ContainerPlan {
  const mounts = [
    { source: join(world.directory, 'jobs', job, 'workspace'), target: '/mnt/workspace', readOnly: false },
  ]
  const owned = { [labels.managed]: 'true', [labels.job]: job, [labels.directory]: directoryLabel(world.directory) }
  const limits = { network: 'none', runtime: null, extraHosts: [], memoryBytes: null, cpus: null, pids: 1 }
  const about = { command: ['true'], environment: [], workingDirectory: '/', user: '0:0', ...limits }
  return { ...about, name: job, image: 'default:1', mounts, labels: owned }
}

/** A container of a job, that runs. */
async function containerOf(world: World, job: string): Promise<string> {
  const id = await world.engine.create(planOf(world, job), never)
  const output = await world.engine.attach(id, never)
  await world.engine.start(id, never)
  // Nobody reads what the dead launcher read.
  void (async () => {
    for await (const _ of output);
  })()
  return id
}

describe('a launcher that finds a job of an earlier one, which kept no lines,', () => {
  it.each([1, 2, 3, 4])(
    'conducts it again if it was not started (%i records), behind what is held of its log',
    async (count) => {
      const { world, job } = restarted(count)
      using _ = world
      world.control.claim = count >= 3 ? claim : null
      expect(await world.conductor.recover()).toBe(job.id)
      expect(world.control.calls).toEqual([])
      expect(await world.conduct(job)).toMatchObject({ result: 'succeeded' })
      expect(world.control.text).toMatch(/^held\[run\] The launcher was restarted before/)
      expect(world.leftovers).toEqual([])
    },
  )

  it('reports it as failed if its container was started, and says so in its log', async () => {
    const { world } = restarted(6)
    using _ = world
    expect(await world.conductor.recover()).toBeNull()
    expect(world.control.reports).toMatchObject([
      phase,
      { kind: 'finished', sequence: 2, logLength: world.control.log.length },
    ])
    expect(world.outcome).toMatchObject({ result: 'failed', failure: { code: 'LAUNCHER_RESTARTED' } })
    expect(world.control.text).toContain('The launcher was restarted')
    expect(world.leftovers).toEqual([])
  })

  it('reports its end if that was not heard, and what of its log was lost', async () => {
    const { world } = restarted(7)
    using _ = world
    expect(await world.conductor.recover()).toBeNull()
    expect(world.control.reports).toEqual([phase, { ...finished, logLength: 4, lostBytes: 7 }])
    expect(world.leftovers).toEqual([])
  })

  it('delivers what its log lacks before it reports its end', async () => {
    const { world, job } = restarted(7)
    using _ = world
    const path = join(world.directory, 'journal', `${job.id}.tail`)
    await keepTail(path, { offset: 2, bytes: Buffer.from('ld to the') })
    await world.conductor.recover()
    expect(world.control.text).toBe('held to the')
    expect(world.control.reports.at(-1)).toEqual(finished)
    expect(world.leftovers).toEqual([])
  })

  it('forgets it if its end was heard, or if it was lost', async () => {
    const heard = restarted(8)
    using _ = heard.world
    await heard.world.conductor.recover()
    const lost = restarted(6)
    using __ = lost.world
    lost.world.control.before('logHeld', () => {
      throw new LauncherError('JOB_LOST', 'Not yours.')
    })
    await lost.world.conductor.recover()
    expect([
      heard.world.control.calls,
      lost.world.control.reports,
      heard.world.leftovers,
      lost.world.leftovers,
    ]).toEqual([[], [], [], []])
  })

  it('does not start it again if its container was started, whatever the journal says', async () => {
    const { world, job } = restarted(4)
    using _ = world
    await containerOf(world, job.id)
    expect(await world.conductor.recover()).toBeNull()
    expect(world.outcome).toMatchObject({ result: 'failed', failure: { code: 'LAUNCHER_RESTARTED' } })
    expect([world.engine.containers, world.leftovers]).toEqual([[], []])
  })

  it('removes its containers, but none of another directory', async () => {
    const { world, job } = restarted(3)
    using _ = world
    await world.engine.create(planOf(world, job.id), never)
    const other = new World({ engine: world.engine, control: world.control })
    using __ = other
    expect(await other.conductor.recover()).toBeNull()
    expect(world.engine.containers).toHaveLength(1)
    expect(await world.conductor.recover()).toBe(job.id)
    expect(world.engine.containers).toEqual([])
  })

  it('interrupts a container that still runs, and rescues the state that its tool could not deliver', async () => {
    const { world, job } = restarted(2, async ({ stage, workspace }) => {
      const name = await stage.signalled()
      writeFileSync(join(workspace, 'errored.tfstate'), name)
      return 1
    })
    using _ = world
    const id = await containerOf(world, job.id)
    const state = { path: join(world.directory, 'jobs', job.id, 'workspace', 'errored.tfstate'), modified: null }
    const lines = [...records.slice(0, 3), { ...records[3], id, state }, records[4]]
    writeFileSync(
      join(world.directory, 'journal', `${job.id}.jsonl`),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    )
    await world.conductor.recover()
    expect(world.control.erroredState?.toString()).toBe('SIGINT')
    expect(world.outcome).toMatchObject({ failure: { code: 'LAUNCHER_RESTARTED' } })
  })

  it('starts whatever state its journal is in', async () => {
    using world = new World()
    const job = world.job()
    mkdirSync(join(world.directory, 'journal', `${ulid()}.jsonl`), { recursive: true })
    writeFileSync(join(world.directory, 'journal', `${job.id}.jsonl`), 'rubbish\n')
    writeFileSync(join(world.directory, 'journal', 'foreign'), '')
    expect(await world.conductor.recover()).toBe(job.id)
    expect(await world.conduct(job)).toMatchObject({ result: 'succeeded' })
    expect(world.leftovers.map((name) => name.split('.').at(-1))).toEqual(['corrupt', 'corrupt', 'corrupt'])
  })

  it('begins with nothing where nothing is', async () => {
    using world = new World()
    expect(await world.conductor.recover()).toBeNull()
  })
})
