import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { median, quantile, ratioOf, summarize } from './statistics.ts'

const samples = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 50 })

describe('statistics', () => {
  it('takes the middle of an odd number of samples, and the mean of the two middle ones of an even number', () => {
    expect(median([5, 1, 3])).toBe(3)
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  it('interpolates between neighbours', () => {
    expect(quantile([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 0.9)).toBe(90)
    expect(quantile([1, 2], 0.9)).toBeCloseTo(1.9)
    expect(quantile([7], 0.9)).toBe(7)
  })

  it('leaves the samples in their order', () => {
    const given = [3, 1, 2]
    summarize(given)
    expect(given).toEqual([3, 1, 2])
  })

  it('refuses to tell anything of no samples', () => expect(() => summarize([])).toThrow(RangeError))

  it('counts how often the floor goes into ours', () => expect(ratioOf([30, 10, 20], [10, 10, 10])).toBe(2))

  it('gives quantiles that are between the smallest and the largest sample and grow with the share', () =>
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const value = quantile(all, share)
        expect(value).toBeGreaterThanOrEqual(Math.min(...all))
        expect(value).toBeLessThanOrEqual(Math.max(...all))
        expect(quantile(all, share * 0.9)).toBeLessThanOrEqual(value)
      }),
    ))
})
