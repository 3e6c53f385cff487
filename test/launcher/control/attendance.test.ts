import { describe, expect, it } from 'vitest'
import { ulid } from 'ulid'
import type { Heartbeat, Orders } from '../../../protocol/worker.ts'
import { refused } from '../../../launcher/src/control/answers.ts'
import { Attendance } from '../../../launcher/src/control/attendance.ts'
import { Session } from '../../../launcher/src/control/session.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { someWorker } from './channel-world.ts'

const quiet: Orders = { drained: false, job: null, leave: null }
const failure = (status: number, code: string, retryAfter?: string) =>
  refused('heartbeat', { status, text: JSON.stringify({ error: { code, message: 'planned' } }), retryAfter }, 0)

type Answer = Orders | Error | (() => Promise<Orders>)

/** Answers from a list, then `quiet` for ever; every call is noted with its time. */
const world = (...answers: Answer[]) => worldWith({}, ...answers)

const worldWith = (worker: { leaseSeconds?: number }, ...answers: Answer[]) => {
  const clock = new ManualClock()
  const session = new Session()
  session.replace({ ...someWorker(ulid()), ...worker })
  const calls: string[] = []
  const obeyed: Orders[] = []
  const failed: number[] = []
  const standing = { job: null as string | null, draining: false }
  const forgotten: number[] = []
  const next = async (what: string): Promise<Orders> => {
    calls.push(`${what} at ${clock.monotonic()}`)
    const answer = answers.shift() ?? quiet
    if (answer instanceof Error) throw answer
    return typeof answer === 'function' ? answer() : answer
  }
  const attendance = new Attendance({
    api: {
      heartbeat: ({ job, draining }: Heartbeat) =>
        next(`heartbeat${job ? ' with job' : ''}${draining ? ' draining' : ''}`),
      orders: () => next('orders'),
    },
    session,
    clock,
    standing: () => standing,
    orders: (orders) => obeyed.push(orders),
    forgotten: async () => void forgotten.push(clock.monotonic()),
    failed: (_error, nextMs) => failed.push(nextMs),
    random: () => 1,
  })
  const ending = new AbortController()
  const over = attendance.attend(ending.signal)
  over.catch(() => {})
  return { clock, session, calls, obeyed, failed, standing, forgotten, attendance, ending, over }
}

describe('Attendance', () => {
  it('lives with a lease that is no multiple of three', async () => {
    const { clock, calls } = worldWith({ leaseSeconds: 20 })
    await clock.advance(15_000)
    expect(calls).toEqual(['heartbeat at 0', 'heartbeat at 10000'])
  })

  it('heartbeats at once and then in its interval, and passes the orders on', async () => {
    const { clock, calls, obeyed, attendance } = world()
    expect(attendance.ageMs).toBeNull()
    await clock.advance(25_000)
    expect(calls).toEqual(['heartbeat at 0', 'heartbeat at 10000', 'heartbeat at 20000'])
    expect(obeyed).toEqual([quiet, quiet, quiet])
    expect(attendance.ageMs).toBe(5000)
  })

  it('asks for orders when somebody rings, once for a hundred rings, and heartbeats no less', async () => {
    const { clock, calls, attendance } = world()
    await clock.advance(3000)
    for (let times = 0; times < 100; times++) attendance.ring()
    await clock.advance(8000)
    expect(calls).toEqual(['heartbeat at 0', 'orders at 3000', 'heartbeat at 10000'])
  })

  it('asks once more when it was rung during a question', async () => {
    const answered = Promise.withResolvers<Orders>()
    const { clock, calls, attendance } = world(() => answered.promise)
    await clock.advance(0)
    attendance.ring()
    attendance.ring()
    answered.resolve(quiet)
    await clock.advance(1)
    expect(calls).toEqual(['heartbeat at 0', 'orders at 0'])
  })

  it('does not act on an answer that is older than the end of the job in it', async () => {
    const answered = Promise.withResolvers<Orders>()
    const { clock, calls, obeyed, standing, attendance } = world(quiet, () => answered.promise)
    await clock.advance(0)
    standing.job = ulid()
    await clock.advance(1000)
    attendance.ring()
    await clock.advance(0)
    const old = { ...quiet, job: { id: standing.job, stop: null } }
    standing.job = null
    answered.resolve(old)
    await clock.advance(0)
    expect(calls).toEqual(['heartbeat at 0', 'orders at 1000', 'orders at 1000'])
    expect(obeyed).toEqual([quiet, quiet])
  })

  it('tells at once that it drains, also when it is asking just then', async () => {
    const answered = Promise.withResolvers<Orders>()
    const { clock, calls, standing, attendance } = world(quiet, () => answered.promise)
    await clock.advance(10_000)
    standing.draining = true
    attendance.report()
    answered.resolve(quiet)
    await clock.advance(0)
    expect(calls).toEqual(['heartbeat at 0', 'heartbeat at 10000', 'heartbeat draining at 10000'])
  })

  it('tries again sooner than the lease ends, later after each failure', async () => {
    const { clock, failed, calls } = world(...Array.from({ length: 7 }, () => failure(503, 'unavailable')))
    await clock.advance(60_000)
    expect(failed).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000])
    expect(calls.at(7)).toBe('heartbeat at 35500')
    expect(calls.at(8)).toBe('heartbeat at 45500')
  })

  it('waits as long as it was asked to', async () => {
    const { clock, calls } = world(failure(429, 'too-many-requests', '30'))
    await clock.advance(31_000)
    expect(calls).toEqual(['heartbeat at 0', 'heartbeat at 30500'])
  })

  it('registers again when it was forgotten, and heartbeats with the new session', async () => {
    const { clock, calls, forgotten } = world(quiet, failure(401, 'unknown-worker'))
    await clock.advance(11_000)
    expect(forgotten).toEqual([10_000])
    expect(calls).toEqual(['heartbeat at 0', 'heartbeat at 10000', 'heartbeat at 10500'])
  })

  it('does not register in a hot loop when that does not help', async () => {
    const { clock, forgotten } = world(...Array.from({ length: 9 }, () => failure(401, 'unknown-worker')))
    await clock.advance(30_000)
    expect(forgotten).toEqual([0, 500, 1500, 3500, 7500, 15_500, 25_500])
  })

  it('leaves a control plane alone for minutes that refused its certificate, whoever rings', async () => {
    const { clock, calls, failed, attendance } = world(failure(403, 'certificate-refused'))
    await clock.advance(60_000)
    attendance.ring()
    await clock.advance(119_999)
    expect(calls).toEqual(['heartbeat at 0'])
    expect(failed).toEqual([180_000])
    await clock.advance(1)
    expect(calls.slice(0, 2)).toEqual(['heartbeat at 0', 'heartbeat at 180000'])
  })

  it('ends with the reason of its signal, and with a bug', async () => {
    const first = world()
    await first.clock.advance(0)
    const reason = new Error('told to stop')
    first.ending.abort(reason)
    await expect(first.over).rejects.toBe(reason)
    const bug = new TypeError('x is not a function')
    const second = world(bug)
    await expect(second.over).rejects.toBe(bug)
  })
})
