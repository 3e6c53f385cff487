import { describe, expect, it } from 'vitest'
import { Turns } from '../../../mothership/src/runs/turns.ts'

describe('turns', () => {
  it('lets work on one thing wait for what was asked for before, and work on another go on beside it', async () => {
    const turns = new Turns()
    const done: string[] = []
    const gate = Promise.withResolvers<void>()
    const slow = turns.take('a', async () => {
      await gate.promise
      done.push('a1')
    })
    const next = turns.take('a', async () => void done.push('a2'))
    await turns.take('b', async () => void done.push('b1'))
    gate.resolve()
    await Promise.all([slow, next])
    expect(done).toEqual(['b1', 'a1', 'a2'])
  })

  it('goes on after work that failed', async () => {
    const turns = new Turns()
    const failed = turns.take('a', () => Promise.reject(new Error('broken')))
    const after = turns.take('a', async () => 'well')
    await expect(failed).rejects.toThrow('broken')
    expect(await after).toBe('well')
  })
})
