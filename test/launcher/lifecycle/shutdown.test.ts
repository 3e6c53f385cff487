import { describe, expect, it } from 'vitest'
import { Shutdown } from '../../../launcher/src/lifecycle/shutdown.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

const graces = { interruptMs: 30_000, terminateMs: 10_000, killMs: 10_000 }

const world = () => {
  const clock = new ManualClock()
  const done: unknown[] = []
  const at = (...what: unknown[]) => done.push([clock.monotonic(), ...what])
  const shutdown = new Shutdown({
    clock,
    graces,
    stopping: {
      drain: (why) => at('drain', why),
      interrupt: (why, haste) => at('interrupt', why, haste?.graces.interruptMs ?? null),
      kill: (why) => at('kill', why),
      exit: (code) => at('exit', code),
      planned: () => {},
    },
  })
  return { clock, done, shutdown }
}

describe('Shutdown', () => {
  it('drains first, interrupts then, and ends at once in the end', () => {
    const { done, shutdown } = world()
    shutdown.request('SIGTERM')
    shutdown.request('SIGINT')
    shutdown.request('SIGINT')
    expect(done).toEqual([
      [0, 'drain', 'SIGTERM'],
      [0, 'interrupt', 'SIGINT', null],
      [0, 'exit', 130],
    ])
  })

  it('interrupts, kills and ends in time before a deadline', async () => {
    const { clock, done, shutdown } = world()
    shutdown.endWithin(100_000, 'deadline')
    await clock.advance(200_000)
    expect(done).toEqual([
      [33_000, 'interrupt', 'deadline', 30_000],
      [73_000, 'kill', 'deadline'],
      [100_000, 'exit', 1],
    ])
  })

  it('goes by the earliest of several deadlines', async () => {
    const { clock, done, shutdown } = world()
    shutdown.endWithin(1_000_000, 'late')
    shutdown.endWithin(67_000, 'early')
    shutdown.endWithin(66_000, 'the same, measured again')
    shutdown.endWithin(500_000, 'between')
    await clock.advance(2_000_000)
    expect(done).toEqual([
      [0, 'interrupt', 'early', 30_000],
      [40_000, 'kill', 'early'],
      [67_000, 'exit', 1],
    ])
  })

  it('makes haste at the second signal when the deadline leaves less than the usual graces', async () => {
    const { clock, done, shutdown } = world()
    shutdown.request('SIGTERM')
    shutdown.endWithin(67_000 + 10_000, 'deadline')
    await clock.advance(5_000)
    shutdown.request('SIGTERM')
    expect(done.at(-1)).toEqual([5_000, 'interrupt', 'SIGTERM', 30_000])
    shutdown.endWithin(6_700, 'earlier')
    await clock.advance(0)
    expect(done.at(-1)).toEqual([5_000, 'interrupt', 'earlier', 3_000])
  })

  it('does nothing more once the launcher has ended', async () => {
    const { clock, done, shutdown } = world()
    shutdown.endWithin(10_000, 'deadline')
    shutdown.over()
    shutdown.endWithin(1_000, 'earlier')
    await clock.advance(100_000)
    expect(done).toEqual([])
    expect(clock.sleeping).toEqual([])
  })
})
