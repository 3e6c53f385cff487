import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { showJournal } from '../../launcher/src/journal-command.ts'

const job = '01JD0000000000000000000001'
const run = '01JD0000000000000000000002'

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'journal-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

it('says what the journal of a job has, and what comes next', async () => {
  const at = directory()
  mkdirSync(join(at, 'journal'))
  const records = [
    { kind: 'accepted', at: 0 },
    { kind: 'workspace', run },
    { kind: 'claim', claim: run },
    { kind: 'container', id: '0123456789abcdef', word: 'x', state: null },
    { kind: 'line', offset: 7, text: 'Starting Docker container...' },
    { kind: 'started' },
    { kind: 'stop', cause: 'stopped', by: 'Ada', note: null },
    { kind: 'signal', name: 'SIGINT', at: 1000 },
  ]
  const lines = records.map((record) => `${JSON.stringify({ version: 2, ...record })}\n`)
  writeFileSync(join(at, 'journal', `${job}.jsonl`), `${lines.join('')}rubbish\n`)
  const { code, stdout } = await showJournal(['show'], { SPACELIFT_LAUNCHER_DIRECTORY: at })
  expect(code).toBe(0)
  expect(stdout.split('\n')).toEqual([
    `job ${job}: its container was started: the next launcher goes on with it`,
    '  1970-01-01T00:00:00.000Z taken',
    `  its directories are made, for run ${run}`,
    `  the start is asked for, under claim ${run}`,
    '  container 0123456789ab exists',
    '  at byte 7 of the log: Starting Docker container...',
    '  the container is started',
    '  it is ended: stopped, by Ada',
    '  1970-01-01T00:00:01.000Z SIGINT is sent',
    '  what follows is damaged, or of another version: it does not count',
    '',
  ])
})

it('says so if there is nothing, and how it is used', async () => {
  const env = { SPACELIFT_LAUNCHER_DIRECTORY: directory() }
  expect(await showJournal(['show'], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('no journal of any job') as string,
  })
  expect(await showJournal(['show', job], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(job) as string,
  })
  expect(await showJournal([], env)).toMatchObject({ code: 2, stderr: expect.stringContaining('usage') as string })
})
