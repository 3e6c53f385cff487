import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeGone, decodeRing, encodeMessage } from '../../protocol/messages.ts'

interface Vector {
  name: string
  to: 'worker' | 'mothership'
  text: string
  value?: never
  fault?: string
}

const vectors = JSON.parse(
  readFileSync(new URL('../../protocol/vectors/messages.json', import.meta.url), 'utf8'),
) as Vector[]

it.each(vectors)('decodes $name as the vector says', ({ to, text, value, fault }) => {
  const result = (to === 'worker' ? decodeRing : decodeGone)(Buffer.from(text))
  if (value === undefined) expect(result).toMatchObject({ ok: false, fault: { code: fault } })
  else expect([result, encodeMessage(value).toString()]).toEqual([{ ok: true, value }, text])
})

it('never throws, whatever bytes come', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 5000 }),
        fc.json().map((json) => Buffer.from(json)),
      ),
      (bytes) => {
        expect(decodeRing(bytes)).toHaveProperty('ok')
        expect(decodeGone(bytes)).toHaveProperty('ok')
      },
    ),
    { numRuns: 2000 },
  )
})
