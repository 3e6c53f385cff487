import { expect, it } from 'vitest'
import { LineCopy } from '../../../launcher/src/logs/line-copy.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { until } from '../../fakes/until.ts'

function world(out?: (bytes: Uint8Array) => Promise<void>) {
  const writes: string[] = []
  const clock = new ManualClock()
  const ending = new AbortController()
  const kept = async (bytes: Uint8Array) => void writes.push(Buffer.from(bytes).toString())
  const copy = new LineCopy({ run: 'RUN', stack: 'stack "one"', out: out ?? kept, clock, signal: ending.signal })
  const entries = () =>
    writes.flatMap((text) => text.split('\n').slice(0, -1)).map((line) => JSON.parse(line) as unknown)
  const messages = () => entries().map((entry) => (entry as { msg: string }).msg)
  return { copy, writes, clock, ending, entries, messages }
}

it('writes an entry for each line, wherever the log was cut', async () => {
  const { copy, entries, messages } = world()
  const text = 'one\r\n\ntwo – ü 北 \x1b[1m"\\\nrest'
  for (const byte of Buffer.from(text)) await copy.write(Uint8Array.of(byte))
  expect(messages()).toEqual(['one', '', 'two – ü 北 \x1b[1m"\\'])
  await copy.flush()
  await copy.flush()
  expect(messages()).toEqual(['one', '', 'two – ü 北 \x1b[1m"\\', 'rest'])
  expect(entries()[0]).toEqual({ run_ulid: 'RUN', stack_id: 'stack "one"', ts: '2026-11-20T00:00:00.000Z', msg: 'one' })
})

it.each(['x', '\x1b', 'ü', '🚀', '\n'])(
  'cuts a long line of %j into entries that a pipe takes whole, and loses nothing',
  async (unit) => {
    const { copy, writes, messages } = world()
    const text = unit.repeat(9001)
    await copy.write(Buffer.from(text))
    await copy.flush()
    expect(Math.max(...writes.map((write) => Buffer.byteLength(write)))).toBeLessThanOrEqual(4096)
    const joined = messages().join('\n').replaceAll('…\n…', '')
    expect(unit === '\n' ? `${joined}\n` : joined).toBe(text)
  },
)

it('waits while the reader is slow, and for one that takes nothing only so long', async () => {
  let calls = 0
  const taken: (() => void)[] = []
  const { copy, clock } = world(async () => {
    calls++
    await new Promise<void>((resolve) => taken.push(resolve))
  })
  const slow = copy.write(Buffer.from('one\n'))
  await until('a write', () => clock.sleeping.length > 0)
  taken.shift()?.()
  await slow
  const stuck = copy.write(Buffer.from('two\n'))
  await until('a write', () => clock.sleeping.length > 0)
  await clock.advance(30_000)
  await stuck
  await copy.write(Buffer.from('three\n'))
  expect(calls).toBe(2)
})

it('writes nothing more once nobody reads, or its run is over', async () => {
  let calls = 0
  const broken = world(async () => {
    calls++
    throw new Error('EPIPE')
  })
  await broken.copy.write(Buffer.from('one\n'))
  await broken.copy.write(Buffer.from('two\n'))
  expect(calls).toBe(1)
  const ended = world(() => new Promise(() => {}))
  const writing = ended.copy.write(Buffer.from('one\n'))
  ended.ending.abort(new Error('over'))
  await writing
})
