import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from './config/load.ts'
import { decodeRecords } from './run/journal/journal-record.ts'
import { journalInWords } from './run/journal/journal-words.ts'

/** What the command says, and what the process exits with. */
export interface JournalShown {
  readonly code: 0 | 2
  readonly stdout: string
  readonly stderr: string
}

const usage = 'usage: spacelift-launcher journal show [JOB]\n'

/**
 * `journal show [JOB]`: what the journals below `SPACELIFT_LAUNCHER_DIRECTORY` say of jobs, and what the next launcher will do about them. Reads only, also beside
 * a launcher that works.
 */
export async function showJournal(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<JournalShown> {
  const [word, wanted, ...more] = words
  if (word !== 'show' || more.length > 0) return { code: 2, stdout: '', stderr: usage }
  const directory = join(load(env).values.directory ?? '', 'journal')
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith('.jsonl')).toSorted()
  const jobs = names.map((name) => name.slice(0, -'.jsonl'.length)).filter((job) => (wanted ?? job) === job)
  if (jobs.length === 0)
    return { code: 0, stdout: `no journal of ${wanted ?? 'any job'} in ${directory}\n`, stderr: '' }
  const texts: string[] = []
  for (const job of jobs) {
    const text = await readFile(join(directory, `${job}.jsonl`), 'utf8').catch(() => '')
    texts.push(...journalInWords(job, decodeRecords(text)).map((line) => `${line}\n`))
  }
  return { code: 0, stdout: texts.join(''), stderr: '' }
}
