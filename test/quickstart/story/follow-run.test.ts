import { expect, it } from 'vitest'
import { RunFollower } from '../../../quickstart/story/follow-run.ts'
import type { Cli } from '../../../quickstart/system/command-line.ts'

const { signal } = new AbortController()

/** A command line whose run is in the next of `states` with each look, and whose follower says `logs[n]` the nth time and ends. */
function commandLine(states: readonly string[], logs: readonly string[]) {
  let looks = 0
  let followers = 0
  const cli: Cli = {
    async ask(_words, check) {
      const answer = check({ id: 'R', state: states[Math.min(looks, states.length - 1)] })
      looks += 1
      if (!answer.ok) throw new Error(answer.fault.message)
      return answer.value
    },
    follow(_words, heard) {
      for (const text of logs[Math.min(followers, logs.length - 1)]?.match(/[^\n]*\n/g) ?? []) heard(text)
      followers += 1
      return { ended: Promise.resolve(), hasEnded: () => true, stop: () => undefined }
    },
  }
  return cli
}

it('passes every line on once, over a pause at which the follower ends', async () => {
  const written: string[] = []
  const cli = commandLine(
    ['PLANNING', 'UNCONFIRMED', 'APPLYING', 'FINISHED'],
    ['plan\n', 'plan\n2 to add\n', 'plan\n2 to add\napplied\n'],
  )
  const follower = new RunFollower(cli, 'R', { write: (text) => written.push(text), signal })
  expect((await follower.pauseOrEnd()).state).toBe('UNCONFIRMED')
  expect((await follower.pauseOrEnd()).state).toBe('FINISHED')
  expect(written.join('')).toBe('plan\n2 to add\napplied\n')
})

it('ends with a run that fails', async () => {
  const follower = new RunFollower(commandLine(['FAILED'], ['oh\n']), 'R', { write: () => undefined, signal })
  expect((await follower.pauseOrEnd()).state).toBe('FAILED')
})
