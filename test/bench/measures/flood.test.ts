import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { digestWithoutOwnLines, makeFlood, makeFloodText } from './flood.ts'

const run = '01JVW4C7R4Q8W2F1Z7E6T5Y3MB'

describe('flood', () => {
  it('has ten secrets, all of them in the text, and none in what is expected', async () => {
    const text = makeFloodText()
    expect(new Set(text.secrets).size).toBe(10)
    expect(text.secrets.every((secret) => text.text.includes(secret))).toBe(true)
    const masked = text.secrets.reduce((rest, secret) => rest.replaceAll(secret, '*****'), text.text)
    const flood = makeFlood(text, 2)
    expect(flood.maskedBytes).toBe(2 * masked.length)
    expect(flood.maskedSha256).toBe(createHash('sha256').update(masked).update(masked).digest('hex'))
  })

  it('passes over the launcher’s own lines, wherever the stream is cut', async () => {
    const pieces = [`[${run}] Performing`, ` the task...\none\ntw`, `o\n[${run}] Performing is GO\n`]
    const digest = createHash('sha256').update('one\ntwo\n').digest('hex')
    expect(await digestWithoutOwnLines(Readable.from(pieces), run)).toBe(digest)
  })

  it('sees a single byte that is missing', async () => {
    const whole = await digestWithoutOwnLines(Readable.from(['one\ntwo\n']), run)
    expect(await digestWithoutOwnLines(Readable.from(['one\nto\n']), run)).not.toBe(whole)
  })
})
