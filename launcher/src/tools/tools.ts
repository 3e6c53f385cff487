import type { ToolName } from '../../../protocol/job.ts'
import type { Tool } from '../run/tool.ts'
import { ansible } from './ansible.ts'
import { custom } from './custom.ts'
import { opentofu, opentofuRelease } from './opentofu.ts'
import type { Release } from './release.ts'
import { terraform, terraformRelease } from './terraform.ts'

/** Every tool that a stack can name. A new one is a file beside this one, and a line here. */
const all = { opentofu, terraform, ansible, custom } satisfies Record<ToolName, Tool>

/** Tools that are published as executables. */
const published: Partial<Record<ToolName, Release>> = { opentofu: opentofuRelease, terraform: terraformRelease }

/** The tools by name. */
export function tools(): ReadonlyMap<ToolName, Tool> {
  return new Map(Object.values(all).map((tool) => [tool.name, tool]))
}

/** Where a tool is published, or null. */
export function releaseOf(name: ToolName): Release | null {
  return published[name] ?? null
}
