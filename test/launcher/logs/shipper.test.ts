import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogShipper, type ShippedRange } from '../../../launcher/src/logs/shipper.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

const mib = 1024 * 1024

/** A far end that does as it should, unless a test says otherwise, and a shipper before it. */
function world(
  options: {
    offset?: number
    held?: Buffer
    answer?: (range: ShippedRange, held: Buffer) => Promise<number> | number
  } = {},
) {
  const clock = new ManualClock()
  const ending = new AbortController()
  const far = {
    held: options.held ?? Buffer.alloc(options.offset ?? 0),
    ranges: [] as { offset: number; length: number }[],
  }
  const append = ({ offset, bytes }: ShippedRange) => {
    if (offset <= far.held.length) far.held = Buffer.concat([far.held, bytes.subarray(far.held.length - offset)])
    return far.held.length
  }
  const shipper = new LogShipper({
    clock,
    offset: options.offset ?? 0,
    signal: ending.signal,
    send: async (range) => {
      far.ranges.push({ offset: range.offset, length: range.bytes.length })
      return options.answer ? await options.answer(range, far.held) : append(range)
    },
  })
  return { clock, ending, far, shipper, append }
}

describe('LogShipper', () => {
  it('sends what is 200 ms old, in one range', async () => {
    const { shipper, clock, far } = world()
    await shipper.write(Buffer.from('one '))
    await clock.advance(150)
    await shipper.write(Buffer.from('two'))
    await clock.advance(49)
    expect(far.ranges).toEqual([])
    await clock.advance(1)
    expect(far.ranges).toEqual([{ offset: 0, length: 7 }])
    expect(String(far.held)).toBe('one two')
  })

  it('sends a MiB at once', async () => {
    const { shipper, clock, far } = world()
    await shipper.write(Buffer.alloc(mib + 5, 'x'))
    await clock.advance(0)
    expect(far.ranges).toEqual([{ offset: 0, length: mib }])
    await clock.advance(200)
    expect(far.ranges[1]).toEqual({ offset: mib, length: 5 })
  })

  it('uses the memory of what was sent again', async () => {
    const memory: ArrayBufferLike[] = []
    const answer = ({ offset, bytes }: ShippedRange) => {
      memory.push(bytes.buffer)
      return offset + bytes.length
    }
    const { shipper, clock } = world({ answer })
    for (let piece = 0; piece < 6; piece++) {
      await shipper.write(Buffer.alloc(mib, 'x'))
      await clock.advance(0)
    }
    expect(memory).toHaveLength(6)
    expect(new Set(memory).size).toBeLessThan(3)
  })

  it('begins at the offset that it was given, and tells where the next byte belongs', async () => {
    const { shipper, far } = world({ offset: 100 })
    expect(shipper.length).toBe(100)
    await shipper.write(Buffer.from('more'))
    expect(shipper.length).toBe(104)
    await shipper.flush()
    expect(far.ranges).toEqual([{ offset: 100, length: 4 }])
    expect(shipper.length).toBe(104)
  })

  it('flushes at once, and at once when there is nothing', async () => {
    const { shipper, far, clock } = world()
    await shipper.flush()
    await shipper.write(Buffer.from('x'))
    await shipper.flush()
    expect(String(far.held)).toBe('x')
    expect(clock.monotonic()).toBe(0)
  })

  it('has one call in flight, and gathers meanwhile', async () => {
    const answers: Array<() => void> = []
    const { shipper, clock, far, append } = world({
      answer: async (range) => {
        await new Promise<void>((resolve) => answers.push(resolve))
        return append(range)
      },
    })
    await shipper.write(Buffer.from('1'))
    await clock.advance(200)
    await shipper.write(Buffer.from('2'))
    await shipper.write(Buffer.from('3'))
    await clock.advance(10_000)
    expect(far.ranges).toEqual([{ offset: 0, length: 1 }])
    expect(shipper.unsent()).toEqual({ offset: 0, bytes: Buffer.from('123') })
    answers[0]?.()
    await clock.advance(0)
    expect(shipper.unsent()).toEqual({ offset: 1, bytes: Buffer.from('23') })
    expect(far.ranges[1]).toEqual({ offset: 1, length: 2 })
  })

  it('makes a writer wait while 8 MiB are on their way, and takes no more than that', async () => {
    const answers: Array<() => void> = []
    const { shipper, clock, append, far } = world({
      answer: async (range) => {
        await new Promise<void>((resolve) => answers.push(resolve))
        return append(range)
      },
    })
    let written = false
    const writing = shipper.write(Buffer.alloc(12 * mib)).then(() => (written = true))
    await clock.advance(1000)
    expect(written).toBe(false)
    expect(shipper.length).toBe(9 * mib)
    for (let calls = 0; calls < 12; calls++) {
      answers[calls]?.()
      await clock.advance(200)
    }
    await writing
    expect(far.held.length).toBe(12 * mib)
  })

  it('sends again what the far end lacks, and leaves out what it has', async () => {
    const answers = [2, 3, 9]
    const { shipper, far } = world({ answer: () => answers.shift() ?? 0 })
    await shipper.write(Buffer.from('012345'))
    await shipper.flush()
    await shipper.write(Buffer.from('678'))
    expect(far.ranges).toEqual([0, 2, 3].map((offset) => ({ offset, length: 6 - offset })))
    expect(shipper.length).toBe(9)
    answers.push(10)
    await shipper.write(Buffer.from('9'))
    await shipper.flush()
    expect(far.ranges[3]).toEqual({ offset: 9, length: 1 })
  })

  it('pauses, longer each time, while the far end takes nothing', async () => {
    let held = 0
    const { shipper, clock, far } = world({ answer: () => held })
    await shipper.write(Buffer.from('x'))
    await clock.advance(60_000)
    expect(far.ranges.length).toBeGreaterThan(5)
    expect(far.ranges.length).toBeLessThan(200)
    held = 1
    const flushing = shipper.flush()
    await clock.advance(5000)
    await flushing
  })

  it('counts everything as lost once the far end has refused for good, and lets the run go on', async () => {
    const { shipper, far, append } = world({
      answer: (range) => {
        if (range.offset > 0) throw new Error('job lost')
        return append(range)
      },
    })
    await shipper.write(Buffer.from('held'))
    await shipper.flush()
    await shipper.write(Buffer.from('refused'))
    await shipper.flush()
    await shipper.write(Buffer.alloc(20 * mib))
    await shipper.flush()
    expect(shipper.lostBytes).toBe(7 + 20 * mib)
    expect(shipper.length).toBe(4)
    expect(far.ranges.length).toBe(2)
  })

  it('counts as lost what the far end has forgotten, and goes on behind what it still has', async () => {
    const answers = [6, 2, 5]
    const { shipper, far, clock } = world({ answer: () => answers.shift() ?? 0 })
    await shipper.write(Buffer.from('012345'))
    await shipper.flush()
    await shipper.write(Buffer.from('678'))
    await clock.advance(5000)
    await shipper.flush()
    expect(far.ranges).toEqual([
      { offset: 0, length: 6 },
      { offset: 6, length: 3 },
      { offset: 2, length: 3 },
    ])
    expect(shipper.lostBytes).toBe(4)
    expect(shipper.length).toBe(5)
  })

  it('rejects with the reason of its signal, whoever waits', async () => {
    const { shipper, ending, clock } = world({
      answer: () =>
        new Promise<number>((_, reject) => ending.signal.addEventListener('abort', () => reject(ending.signal.reason))),
    })
    const writing = shipper.write(Buffer.alloc(20 * mib))
    const flushing = shipper.flush()
    await clock.advance(200)
    ending.abort(new Error('enough'))
    await expect(writing).rejects.toThrow('enough')
    await expect(flushing).rejects.toThrow('enough')
    await expect(shipper.write(Buffer.from('x'))).rejects.toThrow('enough')
    expect(clock.sleeping).toEqual([])
  })

  it('brings every byte exactly once and in order, however the far end behaves', async () => {
    const size = fc.oneof(fc.nat(50), fc.integer({ min: mib - 2, max: mib + 2 }))
    // Of a range: nothing is taken; a part; all of it, and the answer says less; all of it.
    const behaviour = fc.record({
      kind: fc.constantFrom('none', 'part', 'understate', 'all'),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(size, { maxLength: 12 }),
        fc.array(behaviour, { minLength: 1, maxLength: 10 }),
        fc.array(fc.nat(300), { minLength: 1 }),
        async (sizes, behaviours, pauses) => {
          let call = 0
          const { shipper, clock, far, append } = world({
            answer: (range, held) => {
              // Every tenth call goes well, so that there is an end.
              const { kind, share } = behaviours[call % behaviours.length] ?? { kind: 'all', share: 1 }
              if (call++ % 10 === 9 || kind === 'all') return append(range)
              if (kind === 'none') return held.length
              if (kind === 'part')
                return append({ ...range, bytes: range.bytes.subarray(0, range.bytes.length * share) })
              return Math.max(range.offset, append(range) - 3)
            },
          })
          const chunks = sizes.map((length, index) => Buffer.alloc(length, `${index}abcdefg`))
          const writing = (async () => {
            for (const chunk of chunks) await shipper.write(chunk)
            await shipper.flush()
          })()
          let done = false
          void writing.finally(() => (done = true))
          for (let turn = 0; !done; turn++) await clock.advance(pauses[turn % pauses.length] || 5000)
          await writing
          expect(far.held.equals(Buffer.concat(chunks))).toBe(true)
          expect(shipper.lostBytes).toBe(0)
          expect(shipper.length).toBe(far.held.length)
        },
      ),
      { numRuns: 60 },
    )
  })
})
