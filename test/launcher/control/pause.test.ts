import { describe, expect, it } from 'vitest'
import { Pause } from '../../../launcher/src/control/pause.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

const world = () => {
  const clock = new ManualClock()
  const ending = new AbortController()
  return { clock, ending, pause: new Pause(clock), signal: ending.signal }
}

describe('Pause', () => {
  it('lasts as long as it is to', async () => {
    const { clock, pause, signal } = world()
    const waited = pause.wait(1000, signal)
    await clock.advance(999)
    expect(clock.sleeping).toEqual([1])
    await clock.advance(1)
    expect(await waited).toBe(false)
  })

  it('is cut short', async () => {
    const { clock, pause, signal } = world()
    const waited = pause.wait(1000, signal)
    pause.cut()
    expect(await waited).toBe(true)
    expect(clock.sleeping).toEqual([])
  })

  it('is cut by a cut that came before it, once for any number of cuts', async () => {
    const { clock, pause, signal } = world()
    for (let times = 0; times < 100; times++) pause.cut()
    expect(await pause.wait(1000, signal)).toBe(true)
    const second = pause.wait(1000, signal)
    await clock.advance(1000)
    expect(await second).toBe(false)
  })

  it('ends with the reason of its signal', async () => {
    const { pause, ending, signal } = world()
    const waited = pause.wait(1000, signal)
    const reason = new Error('told to stop')
    ending.abort(reason)
    await expect(waited).rejects.toBe(reason)
    await expect(pause.wait(1000, signal)).rejects.toBe(reason)
  })
})
