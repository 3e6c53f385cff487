import { expect, it } from 'vitest'
import { jobLogs } from '../../launcher/src/job-log.ts'
import type { Mark } from '../../launcher/src/run/log.ts'
import { ManualClock } from '../fakes/manual-clock.ts'

const word = '0123456789abcdef0123456789abcdef'
const mark = (text: string) => `\x1e${word} ${text}\x1e`

function world(offset = 0) {
  const clock = new ManualClock()
  let held = Buffer.alloc(offset)
  const send = async ({ bytes }: { bytes: Uint8Array }) => {
    held = Buffer.concat([held, bytes])
    return held.length
  }
  const ending = new AbortController()
  let copied = ''
  const copyTo = async (bytes: Uint8Array) => {
    copied += Buffer.from(bytes).toString()
  }
  const about = {
    run: 'RUN',
    stack: 'a-stack',
    word,
    secrets: ['hunter2-secret'],
    offset,
    again: null,
    noted: () => {},
    signal: ending.signal,
    send,
  }
  const log = jobLogs({ clock, copyTo })(about)
  const text = () => held.subarray(offset).toString()
  const copy = () => copied.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { msg: string }]))
  return { log, text, ending, copy }
}

it('takes marks out, says where they stood, and masks secrets wherever the output is cut', async () => {
  const { log, text } = world()
  const output = `one hunter2-secret\n${mark('phase PLANNING')}two\nhunter2`
  const marks: Mark[] = []
  const heard = (each: Mark) => void marks.push(each)
  for (const piece of output.match(/[^]{1,5}/g) ?? []) await log.output(Buffer.from(piece), heard)
  await log.output(Buffer.from('-secret end'), heard)
  await log.endOutput(heard)
  await log.flush()
  expect(text()).toBe('one *****\ntwo\n***** end')
  expect(marks).toEqual([{ text: 'phase PLANNING', offset: 'one *****\n'.length }])
  expect([log.length, log.lostBytes]).toEqual([text().length, 0])
})

it("begins the launcher's lines and what follows a mark on lines of their own", async () => {
  const { log, text, copy } = world()
  await log.line('first')
  await log.output(Buffer.from('50%'), () => {})
  await log.line('masked: hunter2-secret')
  await log.output(Buffer.from(`99%${mark('line')}[RUN] done\n`), () => {})
  await log.endOutput(() => {})
  await log.flush()
  expect(text()).toBe('[RUN] first\n50%\n[RUN] masked: *****\n99%\n[RUN] done\n')
  expect(copy().map(({ msg }) => msg)).toEqual(['[RUN] first', '50%', '[RUN] masked: *****', '99%', '[RUN] done'])
  expect(copy()[0]).toMatchObject({
    run_ulid: 'RUN',
    stack_id: 'a-stack',
    ts: expect.stringMatching(/^\d{4}-.*Z$/) as string,
  })
})

it('goes on behind what is held, on a new line', async () => {
  const { log, text } = world(7)
  await log.line('again')
  await log.flush()
  expect([text(), log.length]).toEqual(['\n[RUN] again\n', 7 + '\n[RUN] again\n'.length])
})

it('rejects when it is ended', async () => {
  const { log, ending } = world()
  ending.abort(new Error('over'))
  await expect(log.line('x').then(() => log.flush())).rejects.toThrow('over')
})
