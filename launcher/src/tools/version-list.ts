import { readdir } from 'node:fs/promises'
import { isExactVersion } from '../../../protocol/tool-version.ts'
import { DownloadError, type Way } from './download.ts'
import { platformOfThisMachine } from './platform.ts'
import type { Release } from './release.ts'
import { smallFile } from './small-file.ts'

/** Terraform's list has some hundred versions with a dozen archives each. */
const maxBytes = 32 * 1024 * 1024

/**
 * All versions of a tool that are published for this machine. Of a mirror, they stand in a list like the official one, or in a JSON list
 * of versions; a directory without one is looked through for archives. Rejects with a DownloadError.
 */
export async function publishedVersions(release: Release, mirror: string | null, way: Way): Promise<readonly string[]> {
  const source = mirror ?? release.index.address
  const name = mirror === null ? release.index.name : release.mirrorIndex
  try {
    const text = (await smallFile(source, name, { ...way, maxBytes })).toString('utf8')
    return listed(text, release, name)
  } catch (error) {
    const isDirectory = mirror !== null && !/^https?:/.test(mirror)
    if (isDirectory && error instanceof DownloadError && error.missing) return await inDirectory(mirror, release)
    throw error
  }
}

function listed(text: string, release: Release, name: string): string[] {
  const list = versionsIn(parsed(text))
  if (list === null) throw new DownloadError(`${name} is no list of versions`, false)
  return list
    .filter(({ version, files }) => {
      return (
        isExactVersion(version) && (files === null || files.includes(release.archive(version, platformOfThisMachine())))
      )
    })
    .map(({ version }) => version)
}

/** A version, and the names of its files if the list has them. */
interface Listed {
  readonly version: string
  readonly files: readonly unknown[] | null
}

/** `["1.9.0"]`, `{"versions": [{"id": "1.9.0", "files": ["…"]}]}` or `{"versions": {"1.9.0": {"builds": [{"filename": "…"}]}}}`. */
function versionsIn(value: unknown): Listed[] | null {
  const versions: unknown = Array.isArray(value) ? value : (value as { versions?: unknown } | null)?.versions
  if (Array.isArray(versions)) return versions.map(listedIn)
  if (typeof versions !== 'object' || versions === null) return null
  return Object.entries(versions as Record<string, { builds?: unknown } | null>).map(([version, content]) => {
    const builds = content?.builds
    const files = Array.isArray(builds) ? builds.map((build: { filename?: unknown } | null) => build?.filename) : null
    return { version, files }
  })
}

function listedIn(item: unknown): Listed {
  if (typeof item === 'string') return { version: item, files: null }
  const { id, files } = (item ?? {}) as { id?: unknown; files?: unknown }
  return { version: typeof id === 'string' ? id : '', files: Array.isArray(files) ? files : null }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** By the names of archives, of which the version is the part that differs. */
async function inDirectory(directory: string, release: Release): Promise<string[]> {
  const mark = '\0'
  const [before = '', after = ''] = release.archive(mark, platformOfThisMachine()).split(mark)
  const names = await readdir(directory).catch((error: Error) => {
    throw new DownloadError(error.message, false)
  })
  const fitting = names.filter((name) => name.startsWith(before) && name.endsWith(after))
  return fitting.map((name) => name.slice(before.length, name.length - after.length)).filter(isExactVersion)
}
