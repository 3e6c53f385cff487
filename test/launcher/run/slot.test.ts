import { expect, it } from 'vitest'
import { Stop } from '../../../launcher/src/run/outcome.ts'
import { RunSlot } from '../../../launcher/src/run/slot.ts'

function world() {
  const signals = new Map<string, AbortSignal>()
  const ends = new Map<string, PromiseWithResolvers<void>>()
  const slot = new RunSlot((job, signal) => {
    signals.set(job, signal)
    const end = Promise.withResolvers<void>()
    ends.set(job, end)
    return end.promise
  })
  return { slot, signals, ends }
}

it('takes a job, joins the same one, and is busy for another', async () => {
  const { slot, signals } = world()
  expect([slot.accept('a'), slot.accept('a'), slot.accept('b'), slot.job]).toEqual(['accepted', 'joined', 'busy', 'a'])
  await Promise.resolve()
  expect([...signals.keys()]).toEqual(['a'])
})

it('is empty when the job is over, and takes the next one', async () => {
  const { slot, ends } = world()
  slot.accept('a')
  await Promise.resolve()
  ends.get('a')?.resolve()
  await slot.idle()
  expect([slot.job, slot.accept('b')]).toEqual([null, 'accepted'])
})

it('keeps the first stop, and lets a later kill only hasten it', async () => {
  const { slot, signals } = world()
  slot.accept('a')
  await Promise.resolve()
  const first = new Stop('stopped')
  slot.stop('b', new Stop('killed'))
  expect(signals.get('a')?.aborted).toBe(false)
  slot.stop('a', first)
  slot.stop('a', new Stop('launcher-stopping'))
  expect(first.hastened.aborted).toBe(false)
  slot.stop('a', new Stop('killed'))
  expect([signals.get('a')?.reason, first.hastened.aborted]).toEqual([first, true])
})

it('stops a job that has not begun', async () => {
  const { slot, signals } = world()
  slot.accept('a')
  slot.stop('a', new Stop('stopped'))
  await Promise.resolve()
  expect(signals.get('a')?.aborted).toBe(true)
})

it('passes a bug on to whoever waits', async () => {
  const slot = new RunSlot(() => Promise.reject(new TypeError('a bug')))
  slot.accept('a')
  await expect(slot.idle()).rejects.toThrow('a bug')
  expect(slot.job).toBeNull()
})
