import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cleaner } from './disk.ts'
import type { ImageLedger } from './image-ledger.ts'

/** What an engine keeps on its disk. */
export interface ImageStore {
  /** `used`: a container of any state is made from it. */
  removeImage(id: string, signal: AbortSignal): Promise<'removed' | 'used' | 'missing'>
}

/** Images that runs had pulled and no container uses, the one that was not used for the longest time first. */
export function imageCleaner(parts: {
  readonly store: ImageStore
  readonly ledger: Pick<ImageLedger, 'leastRecent' | 'removed'>
  readonly path: () => string
}): Cleaner {
  const { store, ledger, path } = parts
  return {
    what: 'images',
    path,
    async clean(enough, signal) {
      let count = 0
      for (const id of await ledger.leastRecent()) {
        if (await enough()) break
        const became = await store.removeImage(id, signal)
        if (became === 'used') continue
        if (became === 'removed') count++
        await ledger.removed(id)
      }
      return count
    },
  }
}

/**
 * Versions of tools in `<directory>/<tool>/<version>` that no job took for `unusedMs`: longer than a job lasts, because launchers may share the
 * directory, and what is mounted into a container must stay.
 */
export function toolCleaner(parts: {
  readonly directory: string
  readonly path: string
  readonly unusedMs: number
  readonly now: () => number
}): Cleaner {
  const { directory, path, unusedMs, now } = parts
  return {
    what: 'tools',
    path: () => path,
    async clean(enough, signal) {
      let count = 0
      for (const { version, usedAt } of await versionsIn(directory)) {
        if (signal.aborted || usedAt > now() - unusedMs || (await enough())) break
        await rm(version, { recursive: true, force: true })
        count++
      }
      return count
    },
  }
}

/** Notes that a version of a tool is in use, by the time of its directory. */
export async function noteToolUse(version: string, now: number): Promise<void> {
  // A cache that is mounted read-only is nobody's to clean.
  await utimes(version, now / 1000, now / 1000).catch(() => {})
}

async function versionsIn(directory: string): Promise<{ version: string; usedAt: number }[]> {
  const tools = await readdir(directory).catch(() => [])
  const versions = await Promise.all(
    tools.map(async (tool) =>
      (await readdir(join(directory, tool)).catch(() => [])).map((name) => join(directory, tool, name)),
    ),
  )
  const found = versions.flat().map(async (version) => {
    const stats = await stat(version).catch(() => null)
    return stats?.isDirectory() ? [{ version, usedAt: stats.mtimeMs }] : []
  })
  return (await Promise.all(found)).flat().sort((one, other) => one.usedAt - other.usedAt)
}

/** Directories of jobs in `<directory>/jobs` of which nothing is known any more: they could not be removed when their job ended. */
export function leftoverCleaner(parts: {
  readonly directory: string
  readonly remove: (job: string) => Promise<void>
}): Cleaner {
  const { directory, remove } = parts
  return {
    what: 'leftovers',
    path: () => directory,
    async clean() {
      const known = await journaledJobs(directory)
      const jobs = await readdir(join(directory, 'jobs')).catch(() => [])
      const leftovers = jobs.filter((job) => !known.includes(job))
      for (const job of leftovers) await remove(job)
      return leftovers.length
    },
  }
}

/** Jobs that a launcher with this directory has not settled yet. */
export async function journaledJobs(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, 'journal')).catch(() => [])
  return names.filter((name) => name.endsWith('.jsonl')).map((name) => name.slice(0, -'.jsonl'.length))
}
