import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { asText } from '../../../launcher/src/base/log-text.ts'
import { makeLogger } from '../../../launcher/src/base/log.ts'

describe('asText', () => {
  it('shows time, level, message, and the rest by name, so that no value is taken for two', () => {
    const line = JSON.stringify({
      level: 'info',
      time: '2026-11-25T03:40:00.000Z',
      job: '01JD',
      why: 'a b="c"\n',
      n: 1,
      msg: 'job ended',
    })
    expect(asText(`${line}\n`)).toBe('2026-11-25T03:40:00.000Z INFO  job ended job=01JD why="a b=\\"c\\"\\n" n=1\n')
  })

  it('keeps a message on its line', () => {
    expect(asText('{"level":"warn","msg":"one\\ntwo"}\n')).toBe('WARN  "one\\ntwo"\n')
  })

  it('leaves alone what is no object of JSON', () => {
    for (const line of ['no JSON\n', '1\n', 'null\n', '\n']) expect(asText(line)).toBe(line)
  })

  it('has no line break but at the end, whatever is logged', () => {
    const written: string[] = []
    const to = new Writable({ write: (chunk, _, done) => (written.push(String(chunk)), done()) })
    const log = makeLogger({ level: 'info', format: 'text', to })
    log.error({ err: new Error('one\ntwo'), password: 'hidden-1234', text: '\u001b[1mx' }, 'it broke')
    expect(written).toHaveLength(1)
    expect(written[0]).toMatch(/^\S+ ERROR it broke err=\{.*one\\ntwo.*\} password=\[secret\] text="\\u001b\[1mx"\n$/)
  })
})
