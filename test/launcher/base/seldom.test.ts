import { expect, it } from 'vitest'
import { Seldom } from '../../../launcher/src/base/seldom.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

it('says something once a minute at most, and how often it was not said', async () => {
  const clock = new ManualClock()
  const seldom = new Seldom(clock)
  const said: number[] = []
  for (let second = 0; second < 130; second++) {
    seldom.say((unsaid) => said.push(unsaid))
    await clock.advance(1000)
  }
  expect(said).toEqual([0, 59, 59])
})
