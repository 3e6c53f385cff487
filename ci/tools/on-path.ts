import { join } from 'node:path'
import type { Tool } from './tools.ts'
import { versionOf } from './version.ts'

/** What the PATH offers: the file in the pinned version, or the versions that it has instead. */
export interface OnPath {
  readonly file: string | null
  readonly others: readonly string[]
}

/** Looks through every folder of `path` for the tool in its pinned version. */
export async function findOnPath(tool: Tool, path: string, signal: AbortSignal): Promise<OnPath> {
  const others: string[] = []
  for (const folder of new Set(path.split(':').filter(Boolean))) {
    const file = join(folder, tool.binary)
    const version = await versionOf(tool, file, signal)
    if (version === tool.version) return { file, others }
    if (version) others.push(version)
  }
  return { file: null, others }
}
