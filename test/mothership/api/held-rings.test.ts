import { ulid } from 'ulid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Rung } from '../../../protocol/rings.ts'
import { HeldRings } from '../../../mothership/src/api/held-rings.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

const caller = { pool: ulid(), worker: ulid() }

let clock: ManualClock
let rings: HeldRings
let told: string[]
let over: AbortController

beforeEach(() => {
  clock = new ManualClock()
  rings = new HeldRings(clock)
  told = []
  over = new AbortController()
  rings.open({
    came: async ({ worker }) => void told.push(`came ${worker}`),
    lost: async ({ worker }, since) => void told.push(`lost ${worker}, ${clock.now() - since} ms ago`),
    failed: (error) => void told.push(`failed ${String(error)}`),
  })
  rings.run(over.signal).catch(() => {})
})
afterEach(() => over.abort())

const ask = (after?: string, waitSeconds = 25, who = caller) => rings.ask(who, { after, waitSeconds })

/** What a question was answered; null: nothing yet. */
async function answerOf({ answer }: { answer: Promise<Rung> }): Promise<Rung | null> {
  await clock.advance(0)
  return Promise.race([answer, Promise.resolve(null)])
}

const cursorOf = async () => (await ask().answer).cursor

describe('HeldRings', () => {
  it('answers the first question of a worker at once, and holds the next one until it is rung for', async () => {
    const first = await ask().answer
    expect(first).toEqual({ cursor: expect.any(String) as string, rang: false })
    const held = ask(first.cursor)
    expect(await answerOf(held)).toBeNull()
    const job = ulid()
    rings.ring(caller, job)
    expect(await held.answer).toEqual({ cursor: expect.not.stringMatching(first.cursor) as string, rang: true, job })
  })

  it('loses no ring between two questions', async () => {
    const cursor = await cursorOf()
    rings.ring(caller)
    rings.ring(caller)
    const { rang, cursor: next } = await ask(cursor).answer
    expect(rang).toBe(true)
    expect(await answerOf(ask(next))).toBeNull()
  })

  it('says that something may have changed to whoever comes with a cursor that is not known here', async () => {
    expect(await ask('of another process').answer).toMatchObject({ rang: true })
  })

  it('answers that there was no ring when the time is over, and goes on with the same cursor', async () => {
    const cursor = await cursorOf()
    const held = ask(cursor, 3)
    await clock.advance(2_000)
    expect(await answerOf(held)).toBeNull()
    await clock.advance(1_500)
    expect(await held.answer).toEqual({ cursor, rang: false })
  })

  it('holds nothing longer than the protocol allows, whatever it is asked', async () => {
    const held = ask(await cursorOf(), 999_999)
    await clock.advance(51_000)
    expect(await held.answer).toMatchObject({ rang: false })
  })

  it('rings one worker only', async () => {
    const other = { ...caller, worker: ulid() }
    const held = ask(await cursorOf())
    rings.ring(other)
    rings.ring({ ...caller, pool: ulid() })
    expect(await answerOf(held)).toBeNull()
  })

  it('ends a question when the same worker asks a second one', async () => {
    const cursor = await cursorOf()
    const older = ask(cursor)
    const newer = ask(cursor)
    await expect(older.answer).rejects.toMatchObject({ code: 'replaced' })
    // The connection of the older one closes afterwards.
    older.leave()
    rings.ring(caller)
    expect(await newer.answer).toMatchObject({ rang: true })
  })

  it('says once that a worker came, and that it is lost when it does not come back within seconds', async () => {
    const held = ask(await cursorOf())
    await clock.advance(20_000)
    held.leave()
    await clock.advance(4_000)
    const again = ask(await cursorOf())
    await clock.advance(20_000)
    expect(told).toEqual([`came ${caller.worker}`])
    again.leave()
    await clock.advance(6_000)
    expect(told).toEqual([`came ${caller.worker}`, `lost ${caller.worker}, 5000 ms ago`])
    await ask().answer
    expect(told.at(-1)).toBe(`came ${caller.worker}`)
  })

  it('counts a worker as lost that has its answer and asks no more', async () => {
    const held = ask(await cursorOf())
    rings.ring(caller)
    await held.answer
    await clock.advance(6_000)
    expect(told.at(-1)).toBe(`lost ${caller.worker}, 5000 ms ago`)
  })

  it('answers everybody when it stops, holds nobody any more, and counts nobody as lost', async () => {
    const held = ask(await cursorOf())
    rings.stop()
    expect(await held.answer).toMatchObject({ rang: false })
    expect(await ask(await cursorOf()).answer).toMatchObject({ rang: expect.any(Boolean) as boolean })
    await clock.advance(20_000)
    expect(told).toEqual([`came ${caller.worker}`])
  })

  it('keeps nothing of workers that ask no more', async () => {
    for (let index = 0; index < 100; index++)
      await rings.ask({ ...caller, worker: ulid() }, { after: undefined, waitSeconds: 5 }).answer
    await clock.advance(6_000)
    expect(told.filter((line) => line.startsWith('lost'))).toHaveLength(100)
    expect(rings.held).toBe(0)
  })
})
