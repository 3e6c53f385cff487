import { afterEach, expect, it, vi } from 'vitest'
import { patiently } from '../../../ci/tools/patience.ts'

afterEach(() => {
  vi.useRealTimers()
})

it('says nothing of quick work', async () => {
  vi.useFakeTimers()
  const said: string[] = []
  expect(
    await patiently(
      (line) => said.push(line),
      'Counting',
      async () => 7,
    ),
  ).toBe(7)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(said).toEqual([])
})

it('says what is waited for after two seconds, and then now and then', async () => {
  vi.useFakeTimers()
  const said: string[] = []
  const work = Promise.withResolvers<void>()
  const patient = patiently(
    (line) => said.push(line),
    'Counting',
    (note) => {
      note('40 %')
      return work.promise
    },
  )
  await vi.advanceTimersByTimeAsync(18_000)
  work.resolve()
  await patient
  expect(said).toEqual(['Counting ... (40 %)', 'Counting ... (17 s, 40 %)'])
})
