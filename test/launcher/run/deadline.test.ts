import { describe, expect, it } from 'vitest'
import { DeadlinePassed, within } from '../../../launcher/src/run/deadline.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

const endless = () => new Promise<never>(() => {})

describe('within', () => {
  it('answers what the work answers, and leaves no timer', async () => {
    const clock = new ManualClock()
    expect(await within({ clock, ms: 1000, what: 'it' }, async () => 'done')).toBe('done')
    await clock.advance(0)
    expect(clock.sleeping).toEqual([])
  })

  it('rejects when the time is over, also of work that takes no notice, and aborts its signal', async () => {
    const clock = new ManualClock()
    let seen: AbortSignal | null = null
    const over = within({ clock, ms: 1000, what: 'it' }, (signal) => {
      seen = signal
      return endless()
    })
    const rejected = expect(over).rejects.toThrow(DeadlinePassed)
    await clock.advance(1000)
    await rejected
    expect(seen).toMatchObject({ aborted: true })
  })

  it('has only so much time left from when on it must hurry', async () => {
    const clock = new ManualClock()
    const hurry = new AbortController()
    let ended = false
    const over = within({ clock, ms: 86_400_000, what: 'it', hurry: { signal: hurry.signal, ms: 60_000 } }, endless)
    const rejected = expect(over).rejects.toThrow('it took longer than 60000 ms')
    over.catch(() => (ended = true))
    await clock.advance(3_600_000)
    hurry.abort()
    await clock.advance(59_999)
    expect(ended).toBe(false)
    await clock.advance(1)
    await rejected
  })

  it('hurries from the beginning when it must', async () => {
    const clock = new ManualClock()
    const hurry = { signal: AbortSignal.abort(), ms: 10 }
    const rejected = expect(within({ clock, ms: 1000, what: 'it', hurry }, endless)).rejects.toThrow(DeadlinePassed)
    await clock.advance(10)
    await rejected
  })
})
