import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { duration } from '../../../launcher/src/config/duration.ts'

describe('duration', () => {
  it.each([
    ['70m', 4_200_000],
    ['7m', 420_000],
    ['1000s', 1_000_000],
    ['1h30m', 5_400_000],
    ['1h0m0.5s', 3_600_500],
    ['1.5h', 5_400_000],
    ['.5m', 30_000],
    ['+90s', 90_000],
    ['1500ms', 1500],
    ['2000000us', 2000],
    ['2000000µs', 2000],
    ['5000000ns', 5],
    ['500h', 1_800_000_000],
  ])('reads %s', (text, ms) => expect(duration.parse(text)).toBe(ms))

  it.each(['', '70', '0', '0s', '-5m', '5 m', 'm', '5mm', '5d', '1h 30m', '1e3s', '501h', '1ns', '∞', '5M'])(
    'refuses %j',
    (text) => expect(duration.parse(text)).toBeNull(),
  )

  it('never throws, and answers what a timer can hold', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(\d{1,6}(ns|us|ms|s|m|h)){1,4}$/)), (text) => {
        const ms = duration.parse(text)
        if (ms !== null) expect(ms >= 1 && ms < 2 ** 31).toBe(true)
      }),
    )
  })

  it('reads what Go prints', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 499 * 3600 }), (seconds) => {
        const text = `${Math.floor(seconds / 3600)}h${Math.floor((seconds % 3600) / 60)}m${seconds % 60}s`
        expect(duration.parse(text)).toBe(seconds * 1000)
      }),
    )
  })
})
