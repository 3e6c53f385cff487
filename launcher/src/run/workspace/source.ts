import { mkdir, rename } from 'node:fs/promises'
import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import type { Job, JobSource } from '../../../../protocol/job.ts'
import type { Clock } from '../../base/clock.ts'
import { LauncherError } from '../../base/errors.ts'
import { retry } from '../../base/retry.ts'
import { unpackTar } from './archive.ts'
import type { JobControl } from '../control.ts'
import { fetchGit } from './git.ts'
import type { GitOptions } from './git/source.ts'
import { openWorkspace } from './sealed-workspace.ts'
import { through } from './through.ts'
import { verified } from './verified.ts'
import { giveTo, giveTree, removeTree, type JobDirectories, type Owner } from './directories.ts'

export interface SourceParts {
  readonly job: Pick<Job, 'id' | 'run' | 'source' | 'continues'>
  readonly directories: JobDirectories
  readonly owner: Owner
  readonly control: Pick<JobControl, 'download'>
  readonly privateKey: KeyObject
  readonly clock: Clock
  /** Certificates that git trusts beside the usual ones: PEM. */
  readonly authorities: readonly string[]
  readonly git?: Pick<GitOptions, 'endpoints' | 'keepRepository'>
  readonly signal: AbortSignal
}

/** A download that breaks off is begun again, this often in all. */
const tries = 4

/**
 * Puts what a job begins with into its workspace: its source, or the sealed workspace of the job that it continues.
 * What is there afterwards is whole: everything is put together beside the workspace and then takes its place. Rejects
 * with SOURCE_REFUSED, SOURCE_UNREACHABLE, WORKSPACE_UNREADABLE, as JobControl does, or with a failed system call.
 */
export async function placeSource(parts: SourceParts): Promise<void> {
  let failures = 0
  const judge = (error: unknown) => ({
    retry: ++failures < tries && error instanceof LauncherError && error.code === 'SOURCE_UNREACHABLE',
  })
  const place = parts.job.continues ? () => continueWorkspace(parts) : () => placeFresh(parts, failures)
  await retry(place, { clock: parts.clock, signal: parts.signal, judge })
}

async function continueWorkspace(parts: SourceParts): Promise<void> {
  const { job, directories, owner, privateKey } = parts
  const sealed = await parts.control.download(job.id, 'workspace', parts.signal)
  const bytes = job.continues ? verified(sealed, job.continues) : sealed
  await openWorkspace(bytes, directories.workspace, { privateKey, run: job.run, owner, staging: directories.staging })
}

/** Each try has a directory of its own: what a broken one still writes comes in nobody's way. */
async function placeFresh(parts: SourceParts, attempt: number): Promise<void> {
  const into = join(parts.directories.staging, String(attempt))
  await mkdir(into, { recursive: true, mode: 0o755 })
  await fetchInto(into, parts, parts.job.source)
  await removeTree(parts.directories.source)
  await rename(into, parts.directories.source)
}

async function fetchInto(into: string, parts: SourceParts, source: JobSource): Promise<void> {
  switch (source.kind) {
    case 'none':
      return await giveTo(parts.owner, into)
    case 'git':
      // Given away afterwards: git does not work in a repository that is somebody else's.
      await fetchGit(source, { ...parts.git, into, authorities: parts.authorities, signal: parts.signal })
      return await giveTree(parts.owner, into)
    case 'archive':
      await giveTo(parts.owner, into)
      return await unpackArchive(into, parts, source)
  }
}

async function unpackArchive(
  into: string,
  parts: SourceParts,
  source: Extract<JobSource, { kind: 'archive' }>,
): Promise<void> {
  const packed = await parts.control.download(parts.job.id, 'source', parts.signal)
  const tar = through(verified(packed, source), createGunzip({ chunkSize: 256 * 1024 }))
  try {
    await unpackTar(tar, { into, owner: parts.owner, symlinks: 'inside', refuse: refused })
  } catch (error) {
    throw isGzipError(error) ? refused('it is not a whole gzip file') : error
  }
}

function refused(why: string): LauncherError {
  return new LauncherError('SOURCE_REFUSED', `The source archive was refused: ${why}.`)
}

/** zlib's own codes begin so (`Z_DATA_ERROR`, `Z_BUF_ERROR`). */
function isGzipError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}
