import { join } from 'node:path'
import type { Tool } from './tools.ts'

/** What keeps its place between runs for one user: `$XDG_CACHE_HOME/spacelift-worker`, or below `~/.cache`. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'spacelift-worker')
}

/** Where the cache holds a tool. */
export function cachedFile(tool: Tool, cache: string): string {
  return join(cache, 'tools', tool.name, tool.version, tool.binary)
}
