import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeLogger } from '../../launcher/src/base/log.ts'
import { Lifecycle } from '../../launcher/src/lifecycle/state.ts'
import { lookEveryMs, noRoom, Stay, type StayParts } from '../../launcher/src/stay.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { until } from '../fakes/until.ts'

const never = new AbortController().signal

async function world(config: Partial<StayParts['config']> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'stay-'))
  const over = new AbortController()
  onTestFinished(async () => {
    over.abort()
    await rm(directory, { recursive: true })
  })
  const clock = new ManualClock()
  const lines: string[] = []
  const log = makeLogger({ level: 'debug', to: { write: (line) => void lines.push(line) } })
  const lifecycle = new Lifecycle(log)
  const left: string[] = []
  const disk = { why: null as string | null, cleaned: 0 }
  const stay = new Stay({
    config: { directory, exitAfterJobs: null, exitAfterIdleMs: null, ...config },
    disk: { shortage: async () => disk.why, makeRoom: async () => (disk.cleaned++, disk.why) },
    lifecycle,
    clock,
    log,
    leave: (why) => left.push(why),
  })
  const conducted: string[] = []
  let ended = Promise.withResolvers<void>()
  const conductor = stay.guarded({
    conduct: async (job) => {
      conducted.push(job)
      await ended.promise
    },
    recover: async () => null,
    owes: async () => false,
  })
  const begin = (job: string) => conductor.conduct(job, never, never)
  const end = () => {
    ended.resolve()
    ended = Promise.withResolvers()
  }
  stay.watch(over.signal)
  return { directory, clock, lifecycle, left, disk, stay, conducted, begin, end, lines }
}

describe('a stay that ends after so many jobs', () => {
  it('ends with the last of them, which is done first', async () => {
    const { begin, end, left, conducted, stay } = await world({ exitAfterJobs: 2 })
    const first = begin('a')
    await until('it is conducted', () => conducted.length === 1)
    expect(left).toEqual([])
    end()
    await first
    const second = begin('b')
    await until('it is conducted', () => conducted.length === 2)
    expect(left).toEqual(['this is the last of 2 jobs'])
    end()
    await second
    expect(stay.exitCode).toBe(0)
  })
})

describe('a stay that ends when there is nothing to do', () => {
  it('ends after that time, counted from the end of the last job', async () => {
    const { begin, end, left, conducted, clock, lifecycle } = await world({ exitAfterIdleMs: 60_000 })
    lifecycle.move('ready', 'test')
    await clock.advance(59_000)
    const job = begin('a')
    await until('it is conducted', () => conducted.length === 1)
    await clock.advance(600_000)
    end()
    await job
    await clock.advance(59_000)
    expect(left).toEqual([])
    await clock.advance(1_000)
    expect(left).toEqual(['had nothing to do for 60 s'])
  })

  it('goes on while no job could come', async () => {
    const { left, clock, lifecycle } = await world({ exitAfterIdleMs: 60_000 })
    lifecycle.move('ready', 'test')
    lifecycle.move('offline', 'test')
    await clock.advance(600_000)
    expect(left).toEqual([])
    lifecycle.move('ready', 'test')
    await clock.advance(60_000)
    expect(left).toHaveLength(1)
  })
})

describe('a stay on a disk without room', () => {
  it('begins when there is room, and says meanwhile what it waits for', async () => {
    const { stay, disk, clock, lifecycle } = await world()
    disk.why = 'the disk is full'
    let entered = false
    const entry = stay.entry(never).then(() => (entered = true))
    await until('it waits', () => lifecycle.why === 'waits for room: the disk is full')
    disk.why = null
    expect(entered).toBe(false)
    await clock.advance(lookEveryMs)
    await entry
  })

  it('begins all the same when an earlier process left a job, and ends the wait when it is to stop', async () => {
    const { stay, disk, directory, lifecycle } = await world()
    disk.why = 'the disk is full'
    const ending = new AbortController()
    const waiting = stay.entry(ending.signal)
    await until('it waits', () => lifecycle.why.startsWith('waits for room'))
    ending.abort(new Error('stop'))
    await expect(waiting).rejects.toThrow('stop')
    await mkdir(join(directory, 'journal'))
    await writeFile(join(directory, 'journal', 'a.jsonl'), '')
    await stay.entry(never)
  })

  it('ends with the job that there is no room for, which is left alone', async () => {
    const { begin, disk, left, conducted, stay } = await world()
    disk.why = 'the disk is full'
    await begin('a')
    expect([conducted, left, stay.exitCode]).toEqual([[], ['the disk is full'], noRoom])
  })

  it('does what an earlier process began, room or not', async () => {
    const { begin, end, disk, left, conducted, directory } = await world()
    disk.why = 'the disk is full'
    await mkdir(join(directory, 'journal'))
    await writeFile(join(directory, 'journal', 'a.jsonl'), '')
    const job = begin('a')
    await until('it is conducted', () => conducted.length === 1)
    end()
    await job
    expect(left).toEqual([])
  })

  it('ends by itself when it is idle, and never because of a job in hand', async () => {
    const { begin, end, disk, left, conducted, stay, clock, lines } = await world()
    await stay.entry(never)
    const job = begin('a')
    await until('it is conducted', () => conducted.length === 1)
    disk.why = 'the disk is full'
    await clock.advance(3 * lookEveryMs)
    expect(left).toEqual([])
    expect(lines.filter((line) => line.includes('a job is in hand: it goes on'))).toHaveLength(1)
    end()
    await job
    await clock.advance(lookEveryMs)
    expect([left, stay.exitCode]).toEqual([['the disk is full'], noRoom])
  })
})
