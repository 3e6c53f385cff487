import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader, unframed } from '../../../launcher/src/engine/log-frames.ts'

function frame(stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt8(stream, 0)
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

/** The bytes in pieces of these sizes, over and over; each piece is memory of its own, as from a socket. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    pieces.push(Buffer.from(bytes.subarray(at, at + size)))
    at += size
  }
  return pieces
}

async function* from(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces
}

async function textOf(pieces: readonly Buffer[]): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of unframed(from(pieces))) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

const frames = fc.array(fc.record({ stream: fc.constantFrom(0, 1, 2), payload: fc.uint8Array({ maxLength: 40 }) }), {
  maxLength: 8,
})
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 })

describe('unframed', () => {
  it('gives the payload of all frames in order, wherever they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(frames, sizes, async (list, cuts) => {
        const payloads = list.map(({ payload }) => Buffer.from(payload))
        const bytes = Buffer.concat(list.map(({ stream }, index) => frame(stream, payloads[index] ?? Buffer.alloc(0))))
        expect(await textOf(cut(bytes, cuts))).toBe(Buffer.concat(payloads).toString('latin1'))
      }),
      { numRuns: 500 },
    )
  })

  it('gives what there is of a frame before the rest comes', () => {
    const reader = new FrameReader()
    const bytes = frame(1, Buffer.from('a long line'))
    expect(String(reader.read(Buffer.from(bytes.subarray(0, 12))))).toBe('a lo')
    expect(String(reader.read(Buffer.from(bytes.subarray(12))))).toBe('ng line')
  })

  it('tells a stream that stops within a frame, at whatever byte, and one that stops between two', async () => {
    const bytes = Buffer.concat([frame(1, Buffer.from('one')), frame(2, Buffer.from('two'))])
    for (let end = 0; end <= bytes.length; end++) {
      const reading = textOf(cut(bytes.subarray(0, end), [5]))
      if (end % 11 === 0) expect(await reading).toBe('onetwo'.slice(0, (end / 11) * 3))
      else await expect(reading).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' })
    }
  })

  it('refuses bytes that are no frames, such as those of a terminal', async () => {
    for (const text of ['plain text', '\x03\0\0\0\0\0\0\x01x', '\x01\0\x01\0\0\0\0\x01x']) {
      await expect(textOf([Buffer.from(text)])).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
    }
  })

  it('reads nothing before it is asked for', async () => {
    let read = 0
    const source = (async function* () {
      for (;;) {
        read++
        yield frame(1, Buffer.from('x'))
      }
    })()
    const output = unframed(source)
    await output.next()
    await new Promise((resolve) => setImmediate(resolve))
    expect(read).toBe(1)
    await output.return()
  })
})
