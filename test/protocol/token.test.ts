import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64, decodeToken, encodeToken } from '../../protocol/token.ts'

interface Vector {
  name: string
  text: string
  value?: unknown
  fault?: string
  message?: string
}

const vectors = JSON.parse(
  readFileSync(new URL('../../protocol/vectors/token.json', import.meta.url), 'utf8'),
) as Vector[]

describe('token', () => {
  it.each(vectors)('decodes $name as the vector says', ({ text, value, fault, message }) => {
    const result = decodeToken(text)
    if (value !== undefined) expect(result).toEqual({ ok: true, value })
    else
      expect(result).toMatchObject({
        ok: false,
        fault: { code: fault, message: expect.stringContaining(message ?? '') },
      })
  })

  it('reads what it wrote', () => {
    const [vector] = vectors
    const result = decodeToken(vector?.text ?? '')
    expect(result.ok && decodeToken(encodeToken(result.value))).toEqual(result)
  })

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json().map((json) => Buffer.from(json).toString('base64')),
        ),
        (text) => {
          expect(decodeToken(text)).toHaveProperty('ok')
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('decodes base64 exactly as Node encodes it, and refuses any text with a foreign character', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, at) => {
        const text = Buffer.from(bytes).toString('base64')
        expect(decodeBase64(text)).toEqual({ ok: true, value: Buffer.from(bytes) })
        // Before the padding: what stands in its place is told as a misplaced first sign of it.
        const place = at % text.replace(/=+$/, '').length
        const broken = `${text.slice(0, place)}!${text.slice(place + 1)}`
        expect(decodeBase64(broken)).toMatchObject({
          ok: false,
          fault: { message: `illegal base64 data at input byte ${place}` },
        })
      }),
    )
  })
})
