import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Outbound } from '../base/outbound.ts'
import { download, DownloadError } from './download.ts'
import { misfitOf } from './executable.ts'
import { publishedSum, type WantedSums } from './sums.ts'
import { extractZipEntry } from './zip.ts'

/** An executable, and where it is to come from and go to. */
export interface Wanted extends WantedSums {
  readonly tool: string
  readonly version: string
  readonly binary: string
  /** Where it is to be: this directory is made, with nothing else in it. */
  readonly directory: string
  readonly official: string
}

export interface InstallOptions {
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
  readonly clock: Clock
  readonly outbound: Outbound
}

/** After this time nobody works on a download any more. */
const abandonedMs = 24 * 60 * 60_000

/** Time between two lines of progress. */
const progressMs = 3000

/**
 * Fetches an archive, checks its sum, and unpacks the executable. All of it happens in a directory beside the wanted one, which
 * is moved into its place at the end: whoever looks sees all or nothing. If another launcher was quicker, its work stays.
 */
export async function install(wanted: Wanted, options: InstallOptions): Promise<void> {
  const parent = dirname(wanted.directory)
  const prefix = `.${basename(wanted.directory)}-`
  await mkdir(parent, { recursive: true })
  await clear(parent, { prefix, before: options.clock.now() - abandonedMs })
  const workshop = await mkdtemp(join(parent, prefix))
  try {
    const archive = join(workshop, 'archive')
    const sum = await publishedSum(wanted, options)
    const actual = await fetchArchive(wanted, archive, options)
    if (actual !== sum)
      throw new DownloadError(`${wanted.archive} has the SHA-256 sum ${actual}, published is ${sum}`, true)
    const unpacked = join(workshop, 'unpacked')
    await unpack({ archive, binary: wanted.binary, to: unpacked, signal: options.signal })
    const misfit = await misfitOf(join(unpacked, wanted.binary))
    if (misfit !== null) throw new DownloadError(`the ${wanted.binary} in ${wanted.archive} ${misfit}`, false)
    await moveInto(unpacked, wanted.directory)
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

/** Removes what launchers that were killed left behind. */
async function clear(parent: string, old: { prefix: string; before: number }): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(old.prefix)) continue
    const made = await stat(join(parent, name)).catch(() => null)
    if (made !== null && made.mtimeMs < old.before) await rm(join(parent, name), { recursive: true, force: true })
  }
}

/** Stores the archive and answers its sum. */
async function fetchArchive(wanted: Wanted, to: string, options: InstallOptions): Promise<string> {
  const { progress, clock } = options
  const { body, length } = await download(wanted.source, wanted.archive, options)
  const hash = createHash('sha256')
  const file = await open(to, 'wx')
  let received = 0
  let saidMs = clock.monotonic()
  try {
    for await (const chunk of body) {
      hash.update(chunk)
      await file.writeFile(chunk)
      received += chunk.length
      if (clock.monotonic() - saidMs < progressMs) continue
      saidMs = clock.monotonic()
      progress(
        `Downloading ${wanted.archive}: ${megabytes(received)}${length === null ? '' : ` of ${megabytes(length)}`} MB`,
      )
    }
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}

async function unpack(how: { archive: string; binary: string; to: string; signal: AbortSignal }): Promise<void> {
  await mkdir(how.to)
  // Containers run as another user than the launcher, whose umask may be narrow.
  await chmod(how.to, 0o755)
  const archive = await open(how.archive)
  const file = await open(join(how.to, how.binary), 'wx')
  try {
    await extractZipEntry(archive, how.binary, { write: (bytes) => file.writeFile(bytes), signal: how.signal })
    await file.chmod(0o755)
    await file.sync()
  } finally {
    await file.close()
    await archive.close()
  }
  await sync(how.to)
}

async function moveInto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
    await sync(dirname(to))
  } catch (error) {
    // Another launcher has put it there meanwhile.
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}

async function sync(directory: string): Promise<void> {
  const handle = await open(directory)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
