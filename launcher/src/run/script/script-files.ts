import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { placeFile } from '../workspace/files.ts'
import { inside } from '../run.ts'
import { endingFile, jobScript, type ScriptParts } from './script.ts'
import type { JobDirectories, Owner } from '../workspace/directories.ts'

/** Where the container finds the certificate of the authority that vouches for the state's address. */
export const authorityFile = `${inside.script}/authority.pem`

export interface ScriptFiles {
  readonly directories: Pick<JobDirectories, 'script'>
  readonly owner: Owner
  /** PEM, or null. */
  readonly authority: string | null
}

/** Writes what the container finds, read-only, beside its workspace: the script, and the authority's certificate. */
export async function placeScript(
  { directories, owner, authority }: ScriptFiles,
  parts: Omit<ScriptParts, 'paths'>,
): Promise<void> {
  const text = jobScript({ ...parts, paths: inside })
  await placeFile(directories.script, { path: 'run.sh', bytes: Buffer.from(text), mode: 0o500 }, owner)
  if (authority === null) return
  await placeFile(directories.script, { path: 'authority.pem', bytes: Buffer.from(authority), mode: 0o400 }, owner)
}

/** Tells the script that the job is being ended, and as what, before any signal does. */
export async function announceEnding(
  directories: Pick<JobDirectories, 'script'>,
  finalState: 'STOPPED' | 'FAILED',
): Promise<void> {
  await writeFile(join(directories.script, endingFile), `${finalState}\n`, { mode: 0o644 })
}
