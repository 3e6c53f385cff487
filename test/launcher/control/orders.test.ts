import { describe, expect, it } from 'vitest'
import { ulid } from 'ulid'
import { actionsOf } from '../../../launcher/src/control/orders.ts'
import type { Orders } from '../../../protocol/worker.ts'

const [mine, other] = [ulid(), ulid()]
const stop = { kind: 'stop', by: 'ada', note: 'wrong branch' } as const
const orders = (changes: Partial<Orders> = {}): Orders => ({ drained: false, job: null, leave: null, ...changes })
const idle = { job: null, draining: false, finishing: false }
const busy = { job: mine, draining: false, finishing: false }

describe('actionsOf', () => {
  it.each([
    ['nothing is ordered', orders(), idle, []],
    [
      'a job is ordered and none is in hand',
      orders({ job: { id: mine, stop: null } }),
      idle,
      [{ do: 'take', job: mine }],
    ],
    ['a job is ordered to one that drains', orders({ job: { id: mine, stop: null } }), { ...idle, draining: true }, []],
    [
      'a job is ordered to one that is to leave',
      orders({ job: { id: mine, stop: null }, leave: 'cycled' }),
      idle,
      [{ do: 'leave', reason: 'cycled' }],
    ],
    ['the job in hand is ordered again', orders({ job: { id: mine, stop: null } }), busy, []],
    ['the job in hand is to stop', orders({ job: { id: mine, stop } }), busy, [{ do: 'stop', job: mine, stop }]],
    [
      'the job in hand is to stop while draining',
      orders({ job: { id: mine, stop } }),
      { ...busy, draining: true },
      [{ do: 'stop', job: mine, stop }],
    ],
    ['the job in hand is gone', orders(), busy, [{ do: 'lose', job: mine }]],
    ['another job took its place', orders({ job: { id: other, stop: null } }), busy, [{ do: 'lose', job: mine }]],
    [
      'the job in hand is being finished and another one is ordered',
      orders({ job: { id: other, stop: null } }),
      { ...busy, finishing: true },
      [],
    ],
    ['a busy worker is drained', orders({ drained: true, job: { id: mine, stop: null } }), busy, []],
    [
      'a busy worker is to leave',
      orders({ job: { id: mine, stop: null }, leave: 'reset' }),
      busy,
      [{ do: 'leave', reason: 'reset' }],
    ],
    [
      'a job is ordered that is to stop already',
      orders({ job: { id: mine, stop } }),
      idle,
      [
        { do: 'take', job: mine },
        { do: 'stop', job: mine, stop },
      ],
    ],
  ])('when %s', (...[, given, standing, actions]) => expect(actionsOf(given, standing)).toEqual(actions))
})
