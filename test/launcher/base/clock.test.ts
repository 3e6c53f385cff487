import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../launcher/src/base/clock.ts'

describe('systemClock', () => {
  it('sleeps at least as long as it is to', async () => {
    const begun = systemClock.monotonic()
    await systemClock.sleep(20)
    // A timer of Node may fire a fraction of a millisecond early.
    expect(systemClock.monotonic() - begun).toBeGreaterThan(18)
  })

  it('rejects with the reason of the signal, before and during a sleep', async () => {
    const reason = new Error('told to stop')
    await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason)
    const ending = new AbortController()
    const sleeping = systemClock.sleep(60_000, ending.signal)
    ending.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
  })
})
