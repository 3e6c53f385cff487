import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Simulation, type Step } from './simulation.ts'

const weights: [number, Step['kind']][] = [
  [30, 'launcher'],
  [8, 'heartbeat'],
  [6, 'trigger'],
  [4, 'time'],
  [4, 'sweep'],
  [3, 'decide'],
  [3, 'late-delivery'],
  [2, 'launcher-crash'],
  [2, 'drain'],
  [2, 'undrain'],
  [2, 'fault'],
  [1, 'volume-lost'],
  [2, 'journal-lost'],
  [1, 'will'],
  [1, 'goodbye'],
  [2, 'interrupt'],
  [1, 'cancel'],
  [1, 'retry'],
  [1, 'prioritize'],
  [1, 'cycle'],
  [2, 'restart'],
  [1, 'torn-write'],
]

const network = fc.oneof(
  { weight: 6, arbitrary: fc.constant('well' as const) },
  { weight: 4, arbitrary: fc.constantFrom('lost', 'answer-lost', 'doubled', 'late' as const) },
)

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(...weights.map(([weight, kind]) => ({ weight, arbitrary: fc.constant(kind) }))),
  who: fc.nat({ max: 3 }),
  which: fc.nat({ max: 19 }),
  whim: fc.nat({ max: 1000 }),
  network,
})

/** Steps of one batch are begun together, and go between each other's transactions. */
const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 60, size: 'max' })

/* A scenario is some hundred steps. `INTERLEAVINGS=2000` looks for an hour; `SHRINK=1` makes what it finds small. */
const interleavings = Number(process.env['INTERLEAVINGS'] ?? 30)

it('gives each job to one worker, starts each stretch once and loses no run, whatever is lost, doubled, late or crashes', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (all) => {
      const simulation = await Simulation.open()
      await using _ = simulation.world
      for (const batch of all) {
        await Promise.all(batch.map((one) => simulation.take(one)))
        expect(await simulation.breaches()).toEqual([])
      }
      expect(await simulation.unendedAfterRecovery()).toEqual([])
      expect(await simulation.historyBreaches()).toEqual([])
      expect(await simulation.logBreaches()).toEqual([])
    }),
    { numRuns: interleavings, endOnFailure: process.env['SHRINK'] === undefined },
  )
}, 600_000)
