import { describe, expect, it } from 'vitest'
import { Pulse } from '../../../mothership/src/workers/pulse.ts'
import { ManualClock } from '../runs/world.ts'

function scene() {
  const clock = new ManualClock()
  return { clock, pulse: new Pulse(clock, 60_000) }
}

describe('the pulse', () => {
  it('counts a lease from the start for a worker that was not heard yet', () => {
    const { clock, pulse } = scene()
    clock.advance(60_000)
    expect(pulse.isAlive('w')).toBe(true)
    clock.advance(1)
    expect(pulse.isAlive('w')).toBe(false)
    pulse.heard('w')
    expect(pulse.isAlive('w')).toBe(true)
  })

  it('believes the newest heartbeat, in whatever order they come, and renews the lease with each', () => {
    const { clock, pulse } = scene()
    expect(pulse.beat('w', { sentAt: 20, job: 'b', clinging: true })).toBe(true)
    clock.advance(59_000)
    expect(pulse.beat('w', { sentAt: 10, job: null, clinging: false })).toBe(false)
    clock.advance(59_000)
    expect([pulse.isAlive('w'), pulse.isReady('w'), pulse.without('w', 'b')]).toEqual([true, false, 0])
  })

  it('knows for how long a worker denies a job', () => {
    const { clock, pulse } = scene()
    expect(pulse.without('w', 'j')).toBe(0)
    for (const [index, job] of [null, null, 'j', null, null].entries()) {
      pulse.beat('w', { sentAt: index, job, clinging: false })
      clock.advance(10)
    }
    expect(pulse.without('w', 'j')).toBe(10)
    pulse.beat('w', { sentAt: 5, job: 'j', clinging: false })
    expect(pulse.without('w', 'j')).toBe(0)
  })
})
