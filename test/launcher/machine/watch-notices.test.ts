import { expect, it } from 'vitest'
import { makeLogger } from '../../../launcher/src/base/log.ts'
import type { Notice } from '../../../launcher/src/machine/notice.ts'
import { watchNotices } from '../../../launcher/src/machine/watch-notices.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

function world() {
  const clock = new ManualClock()
  const lines: string[] = []
  const state = { notice: null as Notice | null, fails: false, reads: 0 }
  const board = {
    name: 'the board',
    everyMs: 5_000,
    leadMs: 30_000,
    read: async () => {
      state.reads++
      if (state.fails) throw new Error('no answer')
      return state.notice
    },
  }
  const log = makeLogger({ level: 'debug', to: { write: (line) => void lines.push(line) } })
  const ending = new AbortController()
  const heard = watchNotices({ board, clock, log, random: () => 0.5 }, ending.signal)
  return { clock, lines, state, heard, ending }
}

it('answers a notice with the time that is left', async () => {
  const { clock, state, heard } = world()
  await clock.advance(12_000)
  state.notice = { what: 'it goes', at: clock.now() + 63_000 }
  await clock.advance(3_000)
  expect(await heard).toMatchObject({ leftMs: 60_000 })
})

it('takes the usual time for one that does not say when, and none for one that is over', async () => {
  const silent = world()
  silent.state.notice = { what: 'it goes', at: null }
  await silent.clock.advance(5_000)
  expect(await silent.heard).toMatchObject({ leftMs: 30_000 })
  const late = world()
  late.state.notice = { what: 'it goes', at: late.clock.now() - 1 }
  await late.clock.advance(5_000)
  expect(await late.heard).toMatchObject({ leftMs: 0 })
})

it('says once that nothing is known, asks on at a bearable pace, and says when it is known again', async () => {
  const { clock, lines, state, ending, heard } = world()
  state.fails = true
  await clock.advance(600_000)
  expect(lines).toHaveLength(1)
  expect(state.reads).toBeLessThan(80)
  state.fails = false
  await clock.advance(20_000)
  expect(lines).toHaveLength(2)
  ending.abort()
  expect(await heard).toBe(null)
})
