import { expect, it } from 'vitest'
import { ownRules } from '../../../quickstart/engine/bridge.ts'

it('finds its own rules by their comment, quoted or not, and no other ones', () => {
  const listed = [
    '-P FORWARD ACCEPT',
    '-A FORWARD -j DOCKER-USER',
    '-A FORWARD -i swk1 -m comment --comment "spacelift-worker:swk1" -j ACCEPT',
    '-A FORWARD -o swk1 -m comment --comment spacelift-worker:swk1 -j ACCEPT',
    '-A FORWARD -i swk12 -m comment --comment "spacelift-worker:swk12" -j ACCEPT',
  ]
  expect(ownRules(listed.join('\n'), 'swk1').map((words) => words.join(' '))).toEqual([
    '-D FORWARD -i swk1 -m comment --comment spacelift-worker:swk1 -j ACCEPT',
    '-D FORWARD -o swk1 -m comment --comment spacelift-worker:swk1 -j ACCEPT',
  ])
})
