import { access, constants, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isExactVersion, readVersionConstraint, type VersionCondition } from '../../../protocol/tool-version.ts'
import type { Clock } from '../base/clock.ts'
import { LauncherError } from '../base/errors.ts'
import type { Outbound } from '../base/outbound.ts'
import { retry } from '../base/retry.ts'
import { newestFitting, newestOf } from './constraint.ts'
import { DownloadError } from './download.ts'
import type { Release } from './release.ts'
import { publishedVersions } from './version-list.ts'

/** How long a list of versions is believed. */
const listMs = 10 * 60_000
const maxTries = 3
const shownVersions = 5
const listFile = '.versions.json'

/** A tool whose version is asked for. */
export interface Asked {
  readonly tool: string
  readonly binary: string
  readonly release: Release
  /** A version in full, or a constraint. */
  readonly wanted: string
  /** Holds `<version>/<binary>` of this tool. */
  readonly directory: string
}

/** How the list of versions is reached. */
export interface VersionSurroundings {
  readonly mirror: string | null
  readonly clock: Clock
  readonly outbound: Outbound
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/**
 * The version that a text means: itself if it is one, else the newest published one that meets it. If the list of them cannot be had,
 * the newest that is here already, and a line that says so. Rejects with TOOL_UNAVAILABLE.
 */
export async function resolveVersion(asked: Asked, around: VersionSurroundings): Promise<string> {
  if (isExactVersion(asked.wanted)) return asked.wanted
  const conditions = readVersionConstraint(asked.wanted)
  if (conditions === null) {
    const expected = 'expected one in full, such as 1.12.6, or a constraint, such as ~> 1.12'
    throw unavailable(`version ${JSON.stringify(asked.wanted)} of ${asked.tool}: ${expected}`)
  }
  const versions = await listOf(asked, around).catch((error: unknown) => {
    around.signal.throwIfAborted()
    return error instanceof Error ? error : new Error(String(error))
  })
  if (versions instanceof Error) return await fromHere(asked, conditions, { around, why: versions.message })
  const found = await newestFitting(versions, conditions)
  if (found !== null) return found
  const newest = (await newestOf(versions, shownVersions)).join(', ') || 'none at all'
  throw unavailable(`no published version of ${asked.tool} meets ${asked.wanted}; the newest are ${newest}`)
}

async function listOf({ release, directory }: Asked, around: VersionSurroundings): Promise<readonly string[]> {
  const { mirror, clock, signal } = around
  const kept = await keptList(directory, mirror)
  if (kept !== null && clock.now() - kept.at >= 0 && clock.now() - kept.at < listMs) return kept.versions
  let tries = 0
  const judge = (error: unknown) => ({ retry: ++tries < maxTries && error instanceof DownloadError && error.transient })
  const versions = await retry(() => publishedVersions(release, mirror, around), { clock, signal, judge })
  await keepList(directory, { mirror, at: clock.now(), versions })
  return versions
}

async function fromHere(
  { tool, binary, wanted, directory }: Asked,
  conditions: readonly VersionCondition[],
  { around, why }: { readonly around: VersionSurroundings; readonly why: string },
): Promise<string> {
  const names = (await readdir(directory).catch(() => [])).filter(isExactVersion)
  const there = await Promise.all(
    names.map((name) =>
      access(join(directory, name, binary), constants.X_OK).then(
        () => [name],
        () => [],
      ),
    ),
  )
  const found = await newestFitting(there.flat(), conditions)
  const problem = `the versions of ${tool} cannot be listed (${why})`
  if (found === null) throw unavailable(`${problem}, and none that is here already meets ${wanted}`)
  around.progress(`${problem}: ${found} is the newest here that meets ${wanted}`)
  return found
}

interface KeptList {
  readonly mirror: string | null
  readonly at: number
  readonly versions: readonly string[]
}

/** Null: there is none, or of another source, or it is no list. */
async function keptList(directory: string, mirror: string | null): Promise<KeptList | null> {
  try {
    const kept = JSON.parse(await readFile(join(directory, listFile), 'utf8')) as Partial<KeptList>
    const isOne = kept.mirror === mirror && typeof kept.at === 'number' && Array.isArray(kept.versions)
    return isOne ? (kept as KeptList) : null
  } catch {
    return null
  }
}

/** Another launcher may read or write it meanwhile; one that cannot be written is asked for again. */
async function keepList(directory: string, list: KeptList): Promise<void> {
  const file = join(directory, `${listFile}-${crypto.randomUUID()}`)
  try {
    await mkdir(directory, { recursive: true })
    await writeFile(file, JSON.stringify(list), { mode: 0o600 })
    await rename(file, join(directory, listFile))
  } catch {
    await rm(file, { force: true }).catch(() => {})
  }
}

function unavailable(message: string): LauncherError {
  return new LauncherError('TOOL_UNAVAILABLE', message)
}
