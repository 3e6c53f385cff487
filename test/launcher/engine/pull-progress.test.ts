import { describe, expect, it } from 'vitest'
import { PullProgress } from '../../../launcher/src/engine/pull-progress.ts'

const layer = (id: string, current: number, total: number) => ({
  id,
  status: 'Downloading',
  progressDetail: { current, total },
})

describe('PullProgress', () => {
  it('says nothing of a pull that is over within three seconds', () => {
    const progress = new PullProgress('x', 0)
    expect([0, 1000, 2999].map((ms) => progress.read(layer('a', ms, 5000), ms))).toEqual([null, null, null])
  })

  it('sums up the layers, every three seconds', () => {
    const progress = new PullProgress('x:1', 0)
    progress.read(layer('a', 1_500_000, 5_000_000), 10)
    progress.read({ id: 'b', status: 'Waiting', progressDetail: {} }, 20)
    expect(progress.read(layer('c', 500_000, 10_000_000), 3000)).toBe('Pulling x:1: 2.0 of 15.0 MB in 2 layers')
    expect(progress.read(layer('c', 900_000, 10_000_000), 5999)).toBeNull()
    expect(progress.read(layer('c', 10_000_000, 10_000_000), 6000)).toBe('Pulling x:1: 11.5 of 15.0 MB in 2 layers')
  })

  it('does not count back when a layer that is there is unpacked', () => {
    const progress = new PullProgress('x', 0)
    progress.read(layer('a', 5_000_000, 5_000_000), 10)
    expect(progress.read(layer('a', 100_000, 5_000_000), 3000)).toContain('5.0 of 5.0 MB')
  })
})
