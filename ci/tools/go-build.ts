import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ToolError } from './errors.ts'
import { runGo } from './go.ts'
import type { Tool } from './tools.ts'

/** Where and with what a tool is built. `folder` holds the work while it lasts, and must be writable. */
export interface Building {
  readonly folder: string
  readonly cache: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly note: (detail: string) => void
}

/**
 * Builds a tool from its Go module, and writes it to `target`. Every module is pinned: `go.sum` is
 * complete and may not be added to. Rejects with `unavailable` if there is no way to, else with `command-failed`.
 */
export async function buildModule(tool: Tool, target: string, building: Building): Promise<void> {
  if (!tool.module) throw new ToolError('unavailable', `${tool.title} cannot be built as a Go module`)
  const work = await mkdtemp(join(building.folder, '.build-'))
  try {
    for (const file of ['go.mod', 'go.sum']) await copyFile(pins(tool, file), join(work, file))
    const env = {
      ...building.env,
      CGO_ENABLED: '0',
      GOFLAGS: '-mod=readonly -buildvcs=false',
      GOWORK: 'off',
      // An interrupted build leaves its files there.
      GOTMPDIR: work,
    }
    const flags = ['build', '-trimpath', '-ldflags', tool.module.linkerFlags, '-o', target, tool.module.package]
    const { cache, signal, note } = building
    await runGo(flags, { cwd: work, env, cache, signal, note })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function pins(tool: Tool, file: string): string {
  return fileURLToPath(new URL(`${tool.name}/${file}`, import.meta.url))
}
