import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeRecords, type JournalRecord } from '../../../../launcher/src/run/journal/journal-record.ts'
import { Journal } from '../../../../launcher/src/run/journal/journal.ts'

const job = '01JD0000000000000000000001'
const accepted: JournalRecord = { version: 2, kind: 'accepted', at: 5 }
const started: JournalRecord = { version: 2, kind: 'started' }

class World implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'journal-'))
  readonly directory = join(this.root, 'journal')
  readonly journal = new Journal(this.root)
  readonly aside: string[] = []

  jobs() {
    return this.journal.jobs((name) => this.aside.push(name))
  }

  path(name = `${job}.jsonl`): string {
    mkdirSync(this.directory, { recursive: true })
    return join(this.directory, name)
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

it('finds what was written, in order, and nothing after the job is removed', async () => {
  using world = new World()
  const open = await world.journal.open(job)
  await Promise.all([open.write(accepted), open.note(started)])
  expect(await world.jobs()).toEqual([{ job, records: [accepted, started] }])
  await open.remove()
  expect([await world.jobs(), readdirSync(world.directory)]).toEqual([[], []])
})

it('goes on behind a torn record', async () => {
  using world = new World()
  writeFileSync(world.path(), `${JSON.stringify(accepted)}\n{"version":1,"ki`)
  const open = await world.journal.open(job)
  expect(open.before).toEqual({ records: [accepted], existed: true })
  await open.write(started)
  await open.close()
  expect([await world.jobs(), world.aside]).toEqual([[{ job, records: [accepted, started] }], []])
})

it.each([
  ['rubbish', 'rubbish\n'],
  ['another version', '{"version":3,"kind":"accepted","at":5}\n'],
  ['an unknown kind', '{"version":1,"kind":"constructor"}\n'],
  ['a record without its fields', '{"version":1,"kind":"claim","claim":"x"}\n'],
])('sets a file with %s aside, and counts what stands before it', async (_, line) => {
  using world = new World()
  writeFileSync(world.path(), `${JSON.stringify(accepted)}\n${line}${JSON.stringify(started)}\n`)
  expect(await world.jobs()).toEqual([{ job, records: [accepted] }])
  expect([world.aside, readdirSync(world.directory)]).toEqual([
    [`${job}.jsonl`],
    [`${job}.jsonl`, `${job}.jsonl.corrupt`],
  ])
  expect(readFileSync(world.path(`${job}.jsonl.corrupt`), 'utf8')).toContain(line)
  expect([await world.jobs(), world.aside.length]).toEqual([[{ job, records: [accepted] }], 1])
})

it('sets aside what is no journal', async () => {
  using world = new World()
  writeFileSync(world.path('notes.txt'), '')
  expect([await world.jobs(), world.aside, readdirSync(world.directory)]).toEqual([
    [],
    ['notes.txt'],
    ['notes.txt.corrupt'],
  ])
})

it('reads the good beginning of whatever is there, and never throws', () => {
  const good = `${JSON.stringify(accepted)}\n`
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = decodeRecords(good + text)
      expect(read.records[0]).toEqual(accepted)
      expect(read.goodBytes).toBeGreaterThanOrEqual(good.length)
    }),
  )
})

it('holds the same records after every cut as were whole before it', () => {
  const text = [accepted, started, accepted].map((record) => `${JSON.stringify(record)}\n`).join('')
  fc.assert(
    fc.property(fc.nat(text.length), (cut) => {
      const read = decodeRecords(text.slice(0, cut))
      expect([read.records.length, read.corrupt]).toEqual([text.slice(0, cut).split('\n').length - 1, false])
    }),
  )
})

it('is readable by its owner alone', async () => {
  using world = new World()
  const open = await world.journal.open(job)
  await open.close()
  expect([statSync(world.path()).mode & 0o777, statSync(world.directory).mode & 0o777]).toEqual([0o600, 0o700])
})
