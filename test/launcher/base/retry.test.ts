import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LauncherError } from '../../../launcher/src/base/errors.ts'
import { defaultTiming, maxRetryAfterMs, retry, retryDelay, type Retrying } from '../../../launcher/src/base/retry.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

const unreachable = new LauncherError('CONTROL_UNREACHABLE', 'gone')
const final = new LauncherError('CONTROL_REFUSED', 'no')

describe('retryDelay', () => {
  it('stays between zero and the cap, whatever the number of failures', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const delay = retryDelay(failures, defaultTiming, random)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(defaultTiming.capMs)
      }),
    )
  })

  it('doubles its bound with each failure until the cap', () => {
    const bounds = [1, 2, 3, 7, 8, 9, 1000].map((failures) => retryDelay(failures, defaultTiming, 1))
    expect(bounds).toEqual([500, 1000, 2000, 32_000, 60_000, 60_000, 60_000])
  })
})

describe('retry', () => {
  const world = (outcomes: unknown[], afterMs?: number) => {
    const clock = new ManualClock()
    const ending = new AbortController()
    const pauses: Retrying[] = []
    let calls = 0
    const attempt = async () => {
      const outcome = outcomes[calls++] ?? 'done'
      if (outcome instanceof Error) throw outcome
      return outcome
    }
    const result = retry(attempt, {
      clock,
      signal: ending.signal,
      random: () => 1,
      retrying: (next) => pauses.push(next),
      ...(afterMs === undefined ? {} : { judge: () => ({ retry: true, afterMs }) }),
    })
    result.catch(() => {})
    return { clock, ending, pauses, result, calls: () => calls }
  }

  it('tries again, later and later, until it succeeds', async () => {
    const { clock, pauses, result, calls } = world([unreachable, unreachable, unreachable])
    await clock.advance(500)
    expect(calls()).toBe(2)
    await clock.advance(999)
    expect(calls()).toBe(2)
    await clock.advance(1 + 2000)
    expect(await result).toBe('done')
    expect(pauses.map(({ failures, delayMs }) => [failures, delayMs])).toEqual([
      [1, 500],
      [2, 1000],
      [3, 2000],
    ])
  })

  it('gives up at once on an error that no repetition mends', async () => {
    const { result, calls } = world([final])
    await expect(result).rejects.toBe(final)
    expect(calls()).toBe(1)
  })

  it('gives up on an error that is none of ours: it is a bug', async () => {
    const bug = new TypeError('x is not a function')
    await expect(world([bug]).result).rejects.toBe(bug)
  })

  it('waits as long as the far end asked, and the jitter on top', async () => {
    const { clock, result, calls } = world([unreachable], 7000)
    await clock.advance(7499)
    expect(calls()).toBe(1)
    await clock.advance(1)
    expect(await result).toBe('done')
  })

  it('does not wait for a far end that asks for days', async () => {
    const { clock, pauses, result } = world([unreachable], 86_400_000)
    await clock.advance(maxRetryAfterMs + 500)
    expect(await result).toBe('done')
    expect(pauses[0]?.delayMs).toBe(maxRetryAfterMs + 500)
  })

  it('ends a pause with the reason of the signal', async () => {
    const { clock, ending, result } = world([unreachable])
    await clock.advance(0)
    const reason = new Error('told to stop')
    ending.abort(reason)
    await expect(result).rejects.toBe(reason)
    expect(clock.sleeping).toEqual([])
  })

  it('does not begin when the signal is aborted already', async () => {
    const reason = new Error('told to stop')
    const attempt = retry(async () => 'done', { clock: new ManualClock(), signal: AbortSignal.abort(reason) })
    await expect(attempt).rejects.toBe(reason)
  })

  it('answers the reason of the signal, whatever the attempt makes of the abort', async () => {
    const ending = new AbortController()
    const reason = new Error('told to stop')
    const attempt = async () => {
      ending.abort(reason)
      throw unreachable
    }
    await expect(retry(attempt, { clock: new ManualClock(), signal: ending.signal })).rejects.toBe(reason)
  })
})
