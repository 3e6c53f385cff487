import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeLogRange, judgeLogRange, logRangeHeaders } from '../../protocol/log-range.ts'

interface Vector {
  name: string
  held: number
  bytes: string
  headers: Record<string, string>
  verdict?: unknown
  fault?: string
}

const vectors = JSON.parse(
  readFileSync(new URL('../../protocol/vectors/log-ranges.json', import.meta.url), 'utf8'),
) as Vector[]

it.each(vectors)('judges $name as the vector says', ({ held, bytes, headers, verdict, fault }) => {
  const range = decodeLogRange(headers)
  if (fault !== undefined) {
    expect(range).toMatchObject({ ok: false, fault: { code: fault } })
    return
  }
  const offset = range.ok ? range.value.offset : -1
  expect(logRangeHeaders(offset, Buffer.from(bytes))).toEqual(headers)
  expect(range.ok && judgeLogRange(held, range.value)).toEqual(verdict)
})

it('gives the log exactly, whatever ranges come in whatever order, as often as they like', () => {
  const script = fc.record({
    log: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    cuts: fc.array(fc.tuple(fc.nat(199), fc.integer({ min: 1, max: 60 })), { maxLength: 60 }),
  })
  fc.assert(
    fc.property(script, ({ log, cuts }) => {
      let held = Buffer.alloc(0)
      const put = (offset: number, end: number) => {
        const bytes = log.subarray(offset, end)
        const verdict = judgeLogRange(held.length, { offset, length: bytes.length })
        if (verdict.verdict === 'append') held = Buffer.concat([held, bytes.subarray(verdict.skip)])
      }
      for (const [offset, length] of cuts) if (offset < log.length) put(offset, Math.min(log.length, offset + length))
      expect(held).toEqual(Buffer.from(log.subarray(0, held.length)))
      if (held.length < log.length) put(held.length, log.length)
      expect(held).toEqual(Buffer.from(log))
    }),
    { numRuns: 1000 },
  )
})

it('never throws, whatever headers come', () => {
  const header = fc.oneof(
    fc.string(),
    fc.constant(undefined),
    fc.array(fc.string()),
    fc.stringMatching(/^bytes \d+-\d+\/\*$/),
  )
  fc.assert(
    fc.property(header, header, (range, digest) => {
      expect(decodeLogRange({ 'content-range': range, 'content-digest': digest })).toHaveProperty('ok')
    }),
  )
})
