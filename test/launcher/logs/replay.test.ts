import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jobLogs } from '../../../launcher/src/job-log.ts'
import { systemClock } from '../../../launcher/src/base/clock.ts'
import type { OwnLine } from '../../../launcher/src/run/log.ts'

const word = '0123456789abcdef0123456789abcdef'
const again = 'goes on'

/** A log, and what is held and was noted of it. */
function open(held: Buffer, lines: readonly OwnLine[] | null) {
  const state = { held, noted: [...(lines ?? [])] }
  const log = jobLogs({ clock: systemClock, copyTo: null })({
    run: 'R',
    stack: null,
    word,
    secrets: ['hunter2-secret'],
    offset: 0,
    again: lines && { held: held.length, lines },
    noted: (line) => void state.noted.push(line),
    signal: new AbortController().signal,
    send: async ({ offset, bytes }) => {
      expect(offset).toBe(state.held.length)
      state.held = Buffer.concat([state.held, bytes])
      return state.held.length
    },
  })
  return { log, state }
}

/** A step of a job: output of the container, or a line of the launcher's. */
type Step = { readonly output: string } | { readonly line: string }

const texts = fc.constantFrom(
  'a',
  'bc\n',
  '\n::add-mask abca ab\n',
  'abca',
  'hunter2',
  '-secret',
  '\n',
  '50%',
  `\x1e${word} phase PLANNING\x1e`,
  '\x1e',
  'ü',
)
const steps = fc.array(
  fc.oneof(fc.record({ output: texts }), fc.record({ line: fc.constantFrom('one', 'two hunter2-secret') })),
  { maxLength: 12 },
)

async function play(log: ReturnType<typeof open>['log'], what: readonly Step[]): Promise<string[]> {
  const marks: string[] = []
  const heard = ({ text, offset }: { text: string; offset: number }) => void marks.push(`${offset} ${text}`)
  for (const step of what) {
    if ('line' in step) await log.line(step.line)
    else await log.output(Buffer.from(step.output), heard)
  }
  await log.endOutput(heard)
  await log.flush()
  return marks
}

it('makes the same bytes again, however the output is cut and however much was held', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(400), fc.integer({ min: 1, max: 7 }), async (what, cut, size) => {
      const first = open(Buffer.alloc(0), null)
      const marks = await play(first.log, what)
      const whole = first.state.held
      const held = whole.subarray(0, Math.min(cut, whole.length))
      const second = open(Buffer.from(held), first.state.noted)
      const raw = Buffer.from(what.map((step) => ('output' in step ? step.output : '')).join(''))
      const pieces = Array.from({ length: Math.ceil(raw.length / size) }, (_, index) => ({
        output: raw.subarray(index * size, (index + 1) * size).toString('latin1'),
      }))
      const heardAgain: string[] = []
      const heard = ({ text, offset }: { text: string; offset: number }) => void heardAgain.push(`${offset} ${text}`)
      await second.log.line(again)
      for (const { output } of pieces) await second.log.output(Buffer.from(output, 'latin1'), heard)
      await second.log.endOutput(heard)
      await second.log.flush()
      const text = second.state.held.toString('latin1')
      const without = text.replace(`[R] ${again}\n`, '')
      expect(text.split(again)).toHaveLength(2)
      // Put into the middle of a line, the new line begins one of its own.
      expect([whole.toString('latin1'), `${whole.toString('latin1')}\n`]).toContain(without)
      const places = (each: readonly string[]) => each.map((mark) => mark.replace(/^\d+ /, ''))
      expect(places(heardAgain)).toEqual(places(marks))
    }),
    { numRuns: 300 },
  )
})
