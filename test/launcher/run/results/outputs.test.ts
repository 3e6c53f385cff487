import { describe, expect, it } from 'vitest'
import { maxOutputs } from '../../../../protocol/results.ts'
import { readOutputs } from '../../../../launcher/src/run/results/outputs.ts'

const both = { worker: true, stack: true }
const text = JSON.stringify({
  name: { sensitive: false, type: 'string', value: 'x' },
  list: { sensitive: false, type: ['list', 'number'], value: [1, 2] },
  password: { sensitive: true, type: 'string', value: 'hunter2' },
})

describe('readOutputs', () => {
  it('tells values as JSON', () =>
    expect(readOutputs(text, both)).toEqual({
      outputs: [
        { name: 'name', sensitive: false, value: '"x"' },
        { name: 'list', sensitive: false, value: '[1,2]' },
        { name: 'password', sensitive: true, value: '"hunter2"' },
      ],
      notes: [],
    }))

  it.each([
    [{ worker: false, stack: true }, 'this worker does not upload any (SPACELIFT_SENSITIVE_OUTPUT_UPLOAD_ENABLED)'],
    [{ worker: true, stack: false }, 'the stack does not allow it (sensitive_output_upload)'],
  ])('keeps sensitive values back unless both allow them: %j', (allowed, why) => {
    const read = readOutputs(text, allowed)
    expect(read?.outputs[2]).toEqual({ name: 'password', sensitive: true, value: null })
    expect(read?.notes).toEqual([`1 sensitive output is kept back: ${why}`])
    expect(JSON.stringify(read)).not.toContain('hunter2')
  })

  it('takes an output that does not say whether it is sensitive for one that is', () =>
    expect(readOutputs('{"a":{"value":1},"b":2}', { worker: false, stack: false })?.outputs).toEqual([
      { name: 'a', sensitive: true, value: null },
      { name: 'b', sensitive: true, value: null },
    ]))

  it.each(['', 'Error', '[]', 'null', '1'])('knows that %j is no outputs', (wrong) =>
    expect(readOutputs(wrong, both)).toBe(null),
  )

  it('keeps values that are too long, and more than so many, back', () => {
    const long = { sensitive: false, value: 'x'.repeat(300_000) }
    expect(readOutputs(JSON.stringify({ long }), both)).toEqual({
      outputs: [{ name: 'long', sensitive: false, value: null }],
      notes: ['Outputs that are too long to be kept: long'],
    })
    const many = Object.fromEntries(Array.from({ length: maxOutputs + 1 }, (_, index) => [`o${index}`, long]))
    expect(readOutputs(JSON.stringify(many), both)?.notes.at(-1)).toBe(
      '1 outputs are not kept: there are more than 1000',
    )
  })
})
