import { describe, expect, it } from 'vitest'
import { endContainer } from '../../../launcher/src/run/ladder.ts'
import { Stop } from '../../../launcher/src/run/outcome.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

const graces = { interruptMs: 30_000, terminateMs: 10_000, killMs: 10_000 }

const world = (stop: Stop) => {
  const clock = new ManualClock()
  const sent: unknown[] = []
  const ended = new AbortController()
  const engine = { signal: async (_id: string, name: string) => void sent.push([clock.monotonic(), name]) }
  const over = endContainer({ engine, clock, container: 'c', graces, failed: () => {} }, stop, ended.signal)
  return { clock, sent, ended, over }
}

describe('endContainer', () => {
  it('waits for the graces of the settings', async () => {
    const { clock, sent, over } = world(new Stop('run-timeout'))
    await clock.advance(60_000)
    await over
    expect(sent).toEqual([
      [0, 'SIGINT'],
      [30_000, 'SIGTERM'],
      [40_000, 'SIGKILL'],
    ])
  })

  it('waits for the graces of a stop that is in haste', async () => {
    const haste = { graces: { interruptMs: 900, terminateMs: 90, killMs: 10 }, deliveryMs: 1 }
    const { clock, sent, over } = world(new Stop('launcher-stopping', { haste }))
    await clock.advance(1_000)
    await over
    expect(sent).toEqual([
      [0, 'SIGINT'],
      [900, 'SIGTERM'],
      [990, 'SIGKILL'],
    ])
  })

  it('ends as soon as the container has ended', async () => {
    const { clock, sent, ended, over } = world(new Stop('stopped'))
    await clock.advance(10)
    ended.abort()
    await over
    expect(sent).toEqual([[0, 'SIGINT']])
  })

  it('leaves out what is left of the graces when somebody kills', async () => {
    const stop = new Stop('stopped')
    const { clock, sent, over } = world(stop)
    await clock.advance(10)
    stop.hasten()
    await clock.advance(10_000)
    await over
    expect(sent).toEqual([
      [0, 'SIGINT'],
      [10, 'SIGKILL'],
    ])
  })
})
