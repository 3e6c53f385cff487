import { describe, expect, it } from 'vitest'
import type { Usage } from '../../../launcher/src/machine/file-system.ts'
import { isRoomy, shortageOf } from '../../../launcher/src/machine/shortage.ts'

const usage = (about: Partial<Usage> = {}): Usage => ({
  path: '/opt/spacelift',
  device: 1,
  availableBytes: 2 ** 33,
  usedPercent: 50,
  freeInodes: 100_000,
  usedInodesPercent: 10,
  ...about,
})

describe('a shortage of room', () => {
  it.each([
    [{}, 90, null],
    [{ usedPercent: 89.9 }, 90, null],
    [{ usedPercent: 90 }, 90, 'the disk of /opt/spacelift is 90 % full, and 90 % is as much as it may be'],
    [
      { usedInodesPercent: 95.5 },
      90,
      'the disk of /opt/spacelift has 95 % of the files that it can hold, and 90 % is as much as it may be',
    ],
    [{ availableBytes: 5 * 2 ** 20 }, null, 'the disk of /opt/spacelift is full: 5 MiB are left'],
    [{ freeInodes: 12 }, null, 'the disk of /opt/spacelift is full: room for 12 files is left'],
    [{ usedPercent: 99, usedInodesPercent: 99 }, null, null],
    [{ freeInodes: null, usedInodesPercent: 0 }, 90, null],
  ] as const)('of %j with a threshold of %s is %s', (about, threshold, why) => {
    expect(shortageOf(usage(about), threshold)).toBe(why)
  })

  it('is over well below where it begins, so that cleaning lasts', () => {
    expect(isRoomy(usage({ usedPercent: 86 }), 90)).toBe(false)
    expect(isRoomy(usage({ usedPercent: 84 }), 90)).toBe(true)
    expect(isRoomy(usage({ usedInodesPercent: 86 }), 90)).toBe(false)
    expect(isRoomy(usage({ availableBytes: 40 * 2 ** 20 }), null)).toBe(false)
    expect(isRoomy(usage({ freeInodes: 600 }), null)).toBe(false)
    expect(isRoomy(usage({ usedPercent: 99 }), null)).toBe(true)
  })
})
