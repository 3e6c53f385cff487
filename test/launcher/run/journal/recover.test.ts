import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import type { Report } from '../../../../protocol/report.ts'
import { LauncherError } from '../../../../launcher/src/base/errors.ts'
import type { JournalRecord } from '../../../../launcher/src/run/journal/journal-record.ts'
import { keepTail } from '../../../../launcher/src/run/journal/log-tail.ts'
import { decideRecovery } from '../../../../launcher/src/run/journal/recovery.ts'
import { until } from '../../../fakes/until.ts'
import { World, type Scene } from '../world.ts'

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

/** A launcher that starts where another one ended after so many records. */
function restarted(count: number) {
  const world = new World()
  const job = world.job({ run })
  mkdirSync(join(world.directory, 'journal'))
  mkdirSync(join(world.directory, 'jobs', job.id, 'workspace'), { recursive: true })
  mkdirSync(join(world.directory, 'jobs', ulid(), 'workspace'), { recursive: true })
  const lines = records.slice(0, count).map((record) => `${JSON.stringify(record)}\n`)
  writeFileSync(join(world.directory, 'journal', `${job.id}.jsonl`), lines.join(''))
  world.control.log = Buffer.from('held')
  return { world, job }
}

describe('a launcher that finds a job of an earlier one', () => {
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

  it('removes its containers, but none of another directory', async () => {
    const hanging = async ({ stage }: Scene) => {
      await stage.write('hanging\n')
      await stage.signalled()
      return 130
    }
    using dead = new World({ play: hanging })
    const other = new World({ play: hanging, engine: dead.engine, control: dead.control })
    using _ = other
    void dead.conductor.conduct(dead.job().id, new AbortController().signal)
    await until('a container', () => dead.engine.containers.length === 1)
    expect(await other.conductor.recover()).toBeNull()
    expect(dead.engine.containers).toHaveLength(1)
    const successor = new World({ directory: dead.directory, engine: dead.engine, control: dead.control })
    await successor.conductor.recover()
    expect(dead.engine.containers).toEqual([])
  })

  it('interrupts a container that still runs, and rescues the state that its tool could not deliver', async () => {
    const working = async ({ stage, workspace }: Scene) => {
      await stage.write('working\n')
      const name = await stage.signalled()
      writeFileSync(join(workspace, 'source', 'errored.tfstate'), name)
      return 1
    }
    using dead = new World({ play: working })
    const job = dead.job({ type: 'TRACKED', phases: ['APPLYING'] })
    void dead.conductor.conduct(job.id, new AbortController().signal)
    await until('a container that runs', () => dead.control.text.includes('working'))
    const successor = new World({ directory: dead.directory, engine: dead.engine, control: dead.control })
    const gate = Promise.withResolvers<void>()
    dead.control.before('report', () => gate.promise)
    const recovering = successor.conductor.recover()
    await until('the state', () => dead.control.erroredState)
    expect(dead.control.erroredState?.toString()).toBe('SIGINT')
    gate.resolve()
    await recovering
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
