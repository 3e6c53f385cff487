import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonLines } from '../../../launcher/src/engine/json-lines.ts'

async function read(bytes: Buffer, size: number): Promise<unknown[]> {
  const source = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const values: unknown[] = []
  for await (const value of jsonLines(source())) values.push(value)
  return values
}

describe('jsonLines', () => {
  it('reads every line, however the body is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 30 }), async (values, size) => {
        const lines = values.map((value) => JSON.stringify(value))
        const bytes = Buffer.from(lines.join('\r\n'))
        expect(await read(bytes, size)).toEqual(lines.map((line) => JSON.parse(line)))
      }),
    )
  })

  it('passes over what is not JSON', async () => {
    expect(await read(Buffer.from('{"a":1}\nnot json\n\n{"b":2}\n{"c"'), 7)).toEqual([{ a: 1 }, { b: 2 }])
  })

  it('refuses a line of more than 1 MiB', async () => {
    await expect(read(Buffer.alloc(2 * 1024 * 1024, 'x'), 65_536)).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
  })
})
