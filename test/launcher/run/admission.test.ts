import { expect, it } from 'vitest'
import { LauncherError } from '../../../launcher/src/base/errors.ts'
import type { Policy, PolicySubject } from '../../../launcher/src/run/policy.ts'
import { World } from './world.ts'

/** A world with a policy, and what its conductor logs. */
const judged = (judge: Policy['judge']) => {
  const asked: PolicySubject[] = []
  const policy: Policy = {
    judge: (subject, signal) => {
      asked.push(subject)
      return judge(subject, signal)
    },
  }
  return { world: new World({ policy }), asked }
}

it('starts a run that the policy does not deny, and says so', async () => {
  const { world, asked } = judged(async () => [])
  using _ = world
  const job = world.job({ image: 'its:1' })
  expect(await world.conduct(job)).toMatchObject({ result: 'succeeded' })
  expect(asked).toEqual([{ job, image: 'its:1' }])
  expect(world.control.text).toMatch(
    /Evaluating run initialization policy\.\.\.\n.*Run initialization policy is GO\n.*Pulling Docker image/,
  )
})

it('fails a run that the policy denies, with its messages, before anything is created', async () => {
  const { world, asked } = judged(async () => ['not here', 'first line\nsecond line'])
  using _ = world
  expect(await world.conduct(world.job())).toMatchObject({
    result: 'failed',
    failure: {
      code: 'POLICY_DENIED',
      fault: 'run',
      message: 'The run initialization policy denied the run: not here; first line\nsecond line',
    },
  })
  expect(asked[0]?.image).toBe('default:1')
  expect(world.control.text).toMatch(
    /initialization policy\.\.\.\n\[run\] not here\n\[run\] first line\n\[run\] second line\n/,
  )
  expect(world.engine.calls.filter((call) => call.startsWith('create'))).toEqual([])
  expect(world.leftovers).toEqual([])
})

it('fails a run of which the policy gives no answer', async () => {
  const { world } = judged(() => Promise.reject(new LauncherError('POLICY_FAILED', 'No answer')))
  using _ = world
  expect(await world.conduct(world.job())).toMatchObject({
    result: 'failed',
    failure: { code: 'POLICY_FAILED', message: 'No answer' },
  })
})
