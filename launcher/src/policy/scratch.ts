import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Names and texts of files. */
export type Files = Readonly<Record<string, string>>

/**
 * Runs `work` in a fresh directory with these files, readable by nobody else. They are written for each use, because
 * systems empty their directory of temporary files now and then, and a policy must outlive that.
 */
export async function inScratch<T>(files: Files, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'spacelift-policy-'))
  try {
    await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(directory, name), text)))
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
