import { expect, it } from 'vitest'
import { clearStack } from '../../../quickstart/story/clear-stack.ts'
import type { Cli } from '../../../quickstart/system/command-line.ts'

const { signal } = new AbortController()

it.each([
  ['UNCONFIRMED', 'discard'],
  ['READY', 'cancel'],
  ['APPLYING', 'stop'],
])('ends a run that is %s by %s, and waits until it is over', async (state, verb) => {
  const asked: string[] = []
  let now = state
  const cli: Cli = {
    async ask(words, check) {
      asked.push(words.join(' '))
      if (words[1] === verb) now = 'STOPPED'
      const run = { id: 'R', state: now }
      const answer = check(words[1] === 'list' ? [run, { id: 'old', state: 'FINISHED' }] : run)
      if (!answer.ok) throw new Error(answer.fault.message)
      return answer.value
    },
    follow: () => ({ ended: Promise.resolve(), hasEnded: () => true, stop: () => undefined }),
  }
  await clearStack(cli, 'hello', signal)
  expect(asked).toEqual(['run list hello', `run ${verb} R`, 'run list hello'])
})
