import { expect, it } from 'vitest'
import type { Report } from '../../../protocol/report.ts'
import { Reports } from '../../../launcher/src/run/reports.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

function world() {
  const answers: PromiseWithResolvers<void>[] = []
  const sent: Report[] = []
  const control = {
    report: async (_job: string, report: Report) => {
      sent.push(report)
      const answer = Promise.withResolvers<void>()
      answers.push(answer)
      await answer.promise
    },
  }
  const journal = { note: async () => {}, write: async () => {} }
  const failures: unknown[] = []
  const failed = (error: unknown) => void failures.push(error)
  const { signal } = new AbortController()
  const reports = new Reports({ job: 'J', control, journal, clock: new ManualClock(), signal, failed })
  return { reports, answers, sent, failures }
}

/** Whether a promise has settled by the time that everything queued has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  await new Promise((resolve) => setImmediate(resolve))
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

it('lets no log behind the beginning of a phase pass before the phase was heard', async () => {
  const { reports, answers } = world()
  reports.phase('INITIALIZING', 100)
  expect(await settled(reports.heardBefore(100))).toBe(true)
  const behind = reports.heardBefore(101)
  expect(await settled(behind)).toBe(false)
  answers[0]?.resolve()
  await behind
})

it('lets the log pass when a phase will never be heard', async () => {
  const { reports, answers, failures } = world()
  reports.phase('PLANNING', 0)
  const behind = reports.heardBefore(1)
  expect(await settled(behind)).toBe(false)
  answers[0]?.reject(new Error('refused'))
  await behind
  expect(failures).toEqual([new Error('refused')])
})

it('sends reports one after the other, numbered without gaps', async () => {
  const { reports, answers, sent } = world()
  reports.phase('INITIALIZING', 0)
  reports.phase('PLANNING', 10)
  expect(await settled(reports.heardBefore(11))).toBe(false)
  expect(sent.map(({ sequence }) => sequence)).toEqual([1])
  answers[0]?.resolve()
  expect(await settled(reports.heardBefore(11))).toBe(false)
  answers[1]?.resolve()
  await reports.heardBefore(11)
  expect(sent.map(({ sequence }) => sequence)).toEqual([1, 2])
})
