import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeSealedHeader, encodeSealedHeader, sealedNonce, type SealedHeader } from '../../protocol/sealed.ts'

const headers: fc.Arbitrary<SealedHeader> = fc.record({
  compression: fc.constantFrom('none', 'zstd'),
  chunkBytes: fc.integer({ min: 1, max: 64 * 1024 * 1024 }),
  wrappedKey: fc.uint8Array({ minLength: 128, maxLength: 512 }),
  noncePrefix: fc.uint8Array({ minLength: 7, maxLength: 7 }),
})

it('reads the header that it wrote, and asks for more of one that is cut', () => {
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 40 }), fc.nat(), (header, rest, cut) => {
      const bytes = encodeSealedHeader(header)
      const read = decodeSealedHeader(Buffer.concat([bytes, rest]))
      if (!read.ok || read.value === 'more') throw new Error('not read')
      expect(read.value.length).toBe(bytes.length)
      expect(encodeSealedHeader(read.value.header)).toEqual(bytes)
      expect(decodeSealedHeader(bytes.subarray(0, cut % bytes.length))).toEqual({ ok: true, value: 'more' })
    }),
  )
})

it('never throws, whatever bytes come', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((tail) => Buffer.concat([Buffer.from('SLWS\u0001'), tail])),
  )
  fc.assert(
    fc.property(bytes, (some) => {
      expect(decodeSealedHeader(Buffer.from(some))).toHaveProperty('ok')
    }),
    { numRuns: 2000 },
  )
})

it('gives every chunk of a file another nonce', () => {
  const prefix = Buffer.alloc(7, 1)
  const nonces = [0, 1, 2, 255, 256, 0xffff_ffff].flatMap((index) =>
    [false, true].map((last) => sealedNonce(prefix, index, last).toString('hex')),
  )
  expect(new Set(nonces).size).toBe(nonces.length)
})
