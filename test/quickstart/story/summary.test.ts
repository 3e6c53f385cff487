import { expect, it } from 'vitest'
import { summaryOf } from '../../../quickstart/story/summary.ts'

const names = new Map([
  ['W1', 'worker-1'],
  ['W2', 'worker-2'],
])

it('says for each state how long it took, and which worker planned and which applied', () => {
  const history = [
    { state: 'QUEUED', timestamp: 100, worker: null },
    { state: 'PLANNING', timestamp: 101, worker: 'W1' },
    { state: 'UNCONFIRMED', timestamp: 104, worker: null },
    { state: 'APPLYING', timestamp: 110, worker: 'W2' },
    { state: 'FINISHED', timestamp: 112, worker: null },
  ]
  expect(summaryOf({ id: 'R', state: 'FINISHED', history }, names)).toEqual([
    'QUEUED                          1 s',
    'PLANNING           worker-1     3 s',
    'UNCONFIRMED                     6 s',
    'APPLYING           worker-2     2 s',
    'FINISHED',
    '',
    'Planned by worker-1, applied by worker-2.',
  ])
})

it('says nothing of a worker where there was none', () => {
  const history = [{ state: 'CANCELED', timestamp: 100 }]
  expect(summaryOf({ id: 'R', state: 'CANCELED', history }, names)).toEqual(['CANCELED'])
})
