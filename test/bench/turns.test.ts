import { describe, expect, it } from 'vitest'
import { inTurns } from './turns.ts'

function world() {
  const order: string[] = []
  const subject = (name: string) => async () => order.push(name)
  return { order, subjects: { a: subject('a'), b: subject('b') }, signal: new AbortController().signal }
}

describe('turns', () => {
  it('measures the subjects in turns, and does not count the first round', async () => {
    const { order, subjects, signal } = world()
    const samples = await inTurns(subjects, { rounds: 2, signal, progress: () => {} })
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
    expect(samples).toEqual({ a: [3, 5], b: [4, 6] })
  })

  it('stops between two samples when it is told to', async () => {
    const { order, subjects } = world()
    const stop = new AbortController()
    const reason = new Error('enough')
    const progress = (round: number) => round === 1 && stop.abort(reason)
    await expect(inTurns(subjects, { rounds: 9, signal: stop.signal, progress })).rejects.toBe(reason)
    expect(order).toHaveLength(4)
  })
})
