import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CopiedLines } from '../../../launcher/src/engine/copied-lines.ts'
import { StampedFrames, type StampedFrame } from '../../../launcher/src/engine/stamped-frames.ts'

const pieceBytes = 16 * 1024

/** A moment, in nanoseconds after some second. */
const stamp = (nanoseconds: number) => Buffer.from(`2026-11-25T01:02:03.${String(nanoseconds).padStart(9, '0')}Z`)
const frame = (at: number, text: string | Buffer): StampedFrame => ({ stamp: stamp(at), text: Buffer.from(text) })

/** What the daemon's `local` driver keeps of an output, as moby's copier cuts it: `forgetful` is one before 25. */
function kept(output: Buffer, forgetful: boolean): StampedFrame[] {
  const frames: StampedFrame[] = []
  let at = 0
  for (let from = 0; from < output.length; ) {
    const end = output.indexOf(0x0a, from)
    const line = output.subarray(from, end < 0 ? output.length : end)
    at += 1
    let rest = line
    let pieces = 0
    for (; rest.length >= pieceBytes; pieces += 1) {
      frames.push(frame(at, rest.subarray(0, pieceBytes)))
      rest = rest.subarray(pieceBytes)
    }
    const isForgotten = end < 0 || (forgetful && pieces > 0)
    if (end >= 0 || rest.length > 0) frames.push(frame(at, Buffer.concat([rest, Buffer.from(isForgotten ? '' : '\n')])))
    from = end < 0 ? output.length : end + 1
  }
  return frames
}

const wire = (frames: readonly StampedFrame[]) =>
  Buffer.concat(
    frames.flatMap(({ stamp: time, text }) => {
      const header = Buffer.alloc(8)
      header[0] = 1
      header.writeUInt32BE(time.length + 1 + text.length, 4)
      return [header, time, Buffer.from(' '), text]
    }),
  )

const line = fc.oneof(
  fc.constantFrom('', 'a', '50%\r', 'ü'),
  fc.integer({ min: pieceBytes - 2, max: 3 * pieceBytes + 2 }).map((length) => 'x'.repeat(length)),
)

describe("the daemon's copy", () => {
  it.each([true, false])('gives what was written, from a daemon that forgets newlines: %s', (forgetful) => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), fc.integer({ min: 1, max: 40_000 }), (lines, size) => {
        // Every script ends with a mark, which has no newline.
        const output = Buffer.from([...lines, 'mark'].join('\n'))
        const bytes = wire(kept(output, forgetful))
        const frames = new StampedFrames()
        const reader = new CopiedLines()
        const got: Uint8Array[] = []
        for (let at = 0; at < bytes.length; at += size) {
          for (const piece of reader.read(frames.read(bytes.subarray(at, at + size)))) got.push(piece.bytes)
        }
        expect(Buffer.concat(got).equals(output)).toBe(true)
        expect(frames.whole).toBe(true)
      }),
    )
  })

  it('is cut at the moments that are asked for, and nowhere else', () => {
    const at = Date.parse('2026-11-25T01:02:03.002Z')
    const pieces = new CopiedLines([at]).read([frame(1, 'a\n'), frame(2_000_000, 'b\n'), frame(2_000_001, 'c\n')])
    expect(pieces.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['a\nb\n', 'c\n'])
    expect(pieces[0]?.at).toBe(at)
  })

  it('counts the records of the last moment, from which reading can go on', () => {
    const lines = new CopiedLines()
    expect(lines.last).toBeNull()
    lines.read([frame(1, 'a\n'), frame(2, 'b\n'), frame(2, 'c\n')])
    expect(lines.last).toEqual({ stamp: stamp(2).toString(), alike: 2 })
  })

  it('tells a complaint of the daemon, and what is no record', () => {
    const complaint = Buffer.concat([Buffer.of(3, 0, 0, 0, 0, 0, 0, 5), Buffer.from('ouch!')])
    expect(() => new StampedFrames().read(complaint)).toThrow('ouch!')
    expect(() => new StampedFrames().read(Buffer.from('HTTP/1.1 500 whatever'))).toThrow('cannot be read')
    expect(() => new StampedFrames().read(wire([{ stamp: Buffer.alloc(3), text: Buffer.from('x') }]))).toThrow('time')
  })
})
