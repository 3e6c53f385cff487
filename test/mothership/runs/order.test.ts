import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparePlaces } from '../../../mothership/src/runs/order.ts'
import { type TestWorker, World } from './world.ts'

const place = fc.record({
  prioritized: fc.boolean(),
  rank: fc.constantFrom(0, 1),
  createdAt: fc.nat({ max: 3 }),
  id: fc.string({ minLength: 1, maxLength: 3 }),
})

describe('the order of waiting runs', () => {
  it('is total and the same from both sides', () => {
    fc.assert(
      fc.property(place, place, place, (a, b, c) => {
        expect(Math.sign(comparePlaces(a, b)) + Math.sign(comparePlaces(b, a))).toBe(0)
        if (comparePlaces(a, b) <= 0 && comparePlaces(b, c) <= 0) expect(comparePlaces(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })

  it('puts what changes before what only shows, the oldest first, and what a person put first before all', async () => {
    await using world = await World.open()
    const pool = await world.pool()
    for (const stack of ['a', 'b', 'c']) await world.stack(pool, stack)
    const shown = await world.trigger('a', 'PROPOSED')
    world.clock.advance(1)
    const oldest = await world.trigger('a', 'TRACKED')
    world.clock.advance(1)
    const younger = await world.trigger('b', 'DESTROY')
    world.clock.advance(1)
    const first = await world.trigger('c', 'PROPOSED')
    await world.runs.prioritize('c', first.id, true)
    const queue = (await world.runs.queue(pool)).map((run) => run.id)
    expect(queue).toEqual([first.id, oldest.id, younger.id, shown.id])
    expect(await world.runs.pending(pool)).toBe(4)
  })

  it('is the same in the database as in comparePlaces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.nat({ max: 2 })), { maxLength: 8 }),
        async (wishes) => {
          await using world = await World.open()
          const pool = await world.pool()
          for (const [index, [shows, first, ms]] of wishes.entries()) {
            world.clock.advance(ms)
            const run = await world.trigger(await world.stack(pool, `s${index}`), shows ? 'PROPOSED' : 'TRACKED')
            await world.runs.prioritize(run.stack, run.id, first)
          }
          const waiting = await world.read((tables) => tables.runs.waiting(pool))
          expect(waiting).toEqual([...waiting].sort(comparePlaces))
          expect(await world.read((tables) => tables.runs.firstWaiting(pool))).toEqual(waiting[0] ?? null)
        },
      ),
      { numRuns: 10 },
    )
  })

  it('shows runs in progress before those that wait, and not those that wait for their stack or a person', async () => {
    await using world = await World.open()
    const pool = await world.pool()
    await world.stack(pool, 's')
    await world.stack(pool, 't')
    const worker: TestWorker = await world.worker(pool)
    const held = await world.trigger('s', 'TRACKED')
    await worker.plan()
    const behind = await world.trigger('s', 'TASK')
    const working = await world.trigger('t', 'PROPOSED')
    const waiting = await world.trigger('t', 'TRACKED')
    expect(await world.state(held.id)).toBe('UNCONFIRMED')
    expect(await world.state(behind.id)).toBe('QUEUED')
    expect((await world.runs.queue(pool)).map((run) => run.id)).toEqual([working.id, waiting.id])
    expect(await world.runs.pending(pool)).toBe(1)
  })
})
