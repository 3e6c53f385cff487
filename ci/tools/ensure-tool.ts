import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { cachedFile } from './cache.ts'
import { messageOf, ToolError } from './errors.ts'
import { buildModule } from './go-build.ts'
import { findOnPath } from './on-path.ts'
import { patiently, type Say } from './patience.ts'
import { fetchRelease } from './release.ts'
import type { Tool } from './tools.ts'
import { versionOf } from './version.ts'

/** Where to look and whom to tell. `platform` as Node names it, such as `linux-x64`. */
export interface Places {
  readonly cache: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly say: Say
  readonly signal: AbortSignal
}

/** A tool that is there, in its pinned version, and where it came from. */
export interface Ensured {
  readonly file: string
  readonly from: 'cache' | 'PATH' | 'release' | 'build'
}

/**
 * Finds a tool in its pinned version, or brings it into the user's cache: cache, PATH, official release, Go module. Says
 * which it was. Rejects with `unavailable`, naming every way that was tried and why it failed.
 */
export async function ensureTool(tool: Tool, places: Places): Promise<Ensured> {
  const cached = cachedFile(tool, places.cache)
  if ((await versionOf(tool, cached, places.signal)) === tool.version)
    return used(tool, { file: cached, from: 'cache' }, places)
  const path = await findOnPath(tool, places.env['PATH'] ?? '', places.signal)
  if (path.file) return used(tool, { file: path.file, from: 'PATH' }, places)
  const reasons = [`PATH has ${path.others.length > 0 ? `${path.others.join(', ')} instead` : 'none'}`]
  for (const way of ['release', 'build'] as const) {
    try {
      await bring(tool, way, places)
      return used(tool, { file: cached, from: way }, places)
    } catch (error) {
      places.signal.throwIfAborted()
      reasons.push(`${way}: ${messageOf(error)}`)
      places.say(`${tool.title} ${tool.version}: no ${way} (${messageOf(error)})`)
    }
  }
  throw new ToolError('unavailable', `${tool.title} ${tool.version} cannot be had (${reasons.join('; ')})`)
}

function used(tool: Tool, ensured: Ensured, places: Places): Ensured {
  places.say(`${tool.title} ${tool.version}: ${ensured.from}, ${ensured.file}`)
  return ensured
}

/** Writes beside the final place and renames, so that the cache never shows half a file, whoever else writes to it. */
async function bring(tool: Tool, way: 'release' | 'build', places: Places): Promise<void> {
  const target = cachedFile(tool, places.cache)
  const folder = dirname(target)
  await mkdir(folder, { recursive: true })
  const fresh = `${target}.${crypto.randomUUID()}`
  try {
    await patiently(places.say, describe(tool, way), async (note) => {
      if (way === 'release') await writeFile(fresh, await fetchRelease(tool, { ...places, note }))
      else await buildModule(tool, fresh, { ...places, folder, note })
    })
    await chmod(fresh, 0o755)
    const version = await versionOf(tool, fresh, places.signal)
    if (version !== tool.version) throw new ToolError('unavailable', `it says that it is ${version ?? 'nothing known'}`)
    await rename(fresh, target)
  } finally {
    await rm(fresh, { force: true })
  }
}

function describe(tool: Tool, way: 'release' | 'build'): string {
  const what = `${tool.title} ${tool.version}`
  return way === 'release' ? `Fetching ${what}` : `Building ${what} with Go, once (some minutes)`
}
