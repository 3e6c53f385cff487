import { expect, it } from 'vitest'
import { Silence } from '../../../launcher/src/run/silence.ts'
import { sayStillRunning, stillRunningMs } from '../../../launcher/src/run/still-running.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { until } from '../../fakes/until.ts'

it('says after each time of silence that the container still runs, and the limit of silence counts on', async () => {
  const clock = new ManualClock()
  const silence = new Silence(clock, 5 * stillRunningMs)
  const ended = new AbortController()
  const tooLong = silence.tooLong(ended.signal).then(() => 'too long')
  const lines: string[] = []
  const saying = sayStillRunning({ clock, silence, say: (line) => lines.push(line) }, ended.signal)
  const pass = async (ms: number) => {
    await until('both sleep', () => clock.sleeping.length === 2)
    await clock.advance(ms)
  }
  await pass(stillRunningMs)
  await until('a line', () => lines.length === 1)
  await pass(stillRunningMs - 1)
  silence.heard()
  silence.listening()
  await pass(1)
  expect(lines).toEqual(['Still running...'])
  await pass(stillRunningMs - 1)
  await until('another line', () => lines.length === 2)
  for (let time = 0; time < 4; time++) await pass(stillRunningMs)
  expect(await tooLong).toBe('too long')
  ended.abort()
  await saying
})
