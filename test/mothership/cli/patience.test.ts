import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pauseMs } from '../../../mothership/src/cli/patience.ts'

describe('pauseMs', () => {
  it('doubles up to ten seconds, at least half of it fixed', () => {
    fc.assert(
      fc.property(fc.nat(2_000), (attempt) => {
        const longest = Math.min(250 * 2 ** attempt, 10_000)
        expect(pauseMs(attempt)).toBeGreaterThanOrEqual(longest / 2)
        expect(pauseMs(attempt)).toBeLessThanOrEqual(longest)
      }),
    )
  })
})
