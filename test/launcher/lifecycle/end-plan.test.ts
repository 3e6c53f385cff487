import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leadMs, planEnd } from '../../../launcher/src/lifecycle/end-plan.ts'

const graces = { interruptMs: 30_000, terminateMs: 10_000, killMs: 10_000 }

describe('planEnd', () => {
  it('interrupts as late as the usual graces allow', () => {
    expect(leadMs(graces)).toBe(67_000)
    expect(planEnd(3_600_000, graces)).toEqual({
      interruptInMs: 3_533_000,
      killInMs: 3_573_000,
      exitInMs: 3_600_000,
      haste: { graces, deliveryMs: 5_000 },
    })
  })

  it('interrupts at once, and shares out what is left, when there is less', () => {
    expect(planEnd(27_000, graces)).toEqual({
      interruptInMs: 0,
      killInMs: 16_119,
      exitInMs: 27_000,
      haste: { graces: { interruptMs: 12_089, terminateMs: 4_029, killMs: 4_029 }, deliveryMs: 2_014 },
    })
  })

  it('never plans beyond the end, and keeps the order of things', () => {
    const ms = fc.integer({ min: 0, max: 100_000_000 })
    const anyGraces = fc.record({ interruptMs: ms, terminateMs: ms, killMs: ms })
    fc.assert(
      fc.property(ms, anyGraces, (leftMs, some) => {
        const { interruptInMs, killInMs, exitInMs, haste } = planEnd(leftMs, some)
        const laddered = haste.graces.interruptMs + haste.graces.terminateMs + haste.graces.killMs
        expect(exitInMs).toBe(leftMs)
        expect(interruptInMs).toBeGreaterThanOrEqual(0)
        expect(killInMs).toBeGreaterThanOrEqual(interruptInMs)
        expect(interruptInMs + laddered + 2 * haste.deliveryMs).toBeLessThanOrEqual(exitInMs)
      }),
    )
  })
})
