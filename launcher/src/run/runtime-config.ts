import type { HookName, Job, JobVariable, ToolName } from '../../../protocol/job.ts'

/** Where a source has it: at its root, whatever the project root is. */
export const runtimeConfigFile = '.spacelift/config.yml'

/** What a source says of runs of a stack; null or missing: nothing of it. */
export interface RuntimeBlock {
  readonly hooks: Readonly<Partial<Record<HookName, readonly string[]>>>
  readonly environment: readonly JobVariable[] | null
  readonly projectRoot: string | null
  readonly image: string | null
  readonly tool: ToolName | null
  /** By the tool that they are for. */
  readonly versions: Readonly<Partial<Record<ToolName, string>>>
}

/** What `.spacelift/config.yml` says of one stack. */
export interface RuntimeConfig {
  readonly version: 1 | 2
  readonly defaults: RuntimeBlock | null
  readonly stack: RuntimeBlock | null
  /** What its writer should know, a line each. */
  readonly remarks: readonly string[]
}

/** Reads the file for a stack. Rejects with RUNTIME_CONFIG_INVALID and every problem of it, by line. */
export type ReadRuntimeConfig = (text: string, stack: string) => Promise<RuntimeConfig>

/** Tools that the file can choose between. */
const chosen: readonly ToolName[] = ['opentofu', 'terraform', 'custom']

/**
 * The job as the source wants it. What is said of the stack itself goes first, always. Then, in version 2, what is said
 * of all stacks, and the stack's own settings last; in version 1 the stack's own settings, and what is said of all
 * stacks last. Lists and maps take the place of one another as a whole; only the environment is put over the stack's.
 */
export function effectiveJob(job: Job, { version, defaults, stack }: RuntimeConfig): Job {
  const all = defaults && without(defaults, stack)
  const based = all === null ? job : version === 2 ? over(job, all) : over(job, unsetIn(job, all))
  return stack === null ? based : over(based, stack)
}

/** What of the file is of no use to a job, for its log. */
export function uselessIn(job: Job, { defaults, stack }: RuntimeConfig): string[] {
  const given = { ...defaults?.versions, ...stack?.versions }
  const names = Object.keys(given).filter((name) => name !== job.tool.name)
  return names.map((name) => `${runtimeConfigFile}: ${name}_version is of no use, because the tool is ${job.tool.name}`)
}

/** A block without what another one says as well. */
function without(block: RuntimeBlock, other: RuntimeBlock | null): RuntimeBlock {
  if (other === null) return block
  return {
    hooks: Object.fromEntries(Object.entries(block.hooks).filter(([name]) => !(name in other.hooks))),
    environment: other.environment === null ? block.environment : null,
    projectRoot: other.projectRoot === null ? block.projectRoot : null,
    image: other.image === null ? block.image : null,
    tool: other.tool === null ? block.tool : null,
    versions: { ...block.versions, ...other.versions },
  }
}

/** A block without what the stack's own settings say. Its tool is among them: every stack has one. */
function unsetIn(job: Job, block: RuntimeBlock): RuntimeBlock {
  const named = new Set(job.environment.map(({ name }) => name))
  return {
    hooks: Object.fromEntries(Object.entries(block.hooks).filter(([name]) => (job.hooks[name] ?? []).length === 0)),
    environment: block.environment?.filter(({ name }) => !named.has(name)) ?? null,
    projectRoot: job.projectRoot === '' ? block.projectRoot : null,
    image: job.image === null ? block.image : null,
    tool: null,
    versions: job.tool.version === null ? block.versions : {},
  }
}

function over(job: Job, block: RuntimeBlock): Job {
  const hooks = Object.entries(block.hooks).map(([name, commands]): [string, string[]] => [name, [...commands]])
  return {
    ...job,
    hooks: { ...job.hooks, ...Object.fromEntries(hooks) },
    environment: environmentOver(job.environment, block.environment ?? []),
    projectRoot: block.projectRoot ?? job.projectRoot,
    image: block.image ?? job.image,
    tool: toolOver(job.tool, block),
  }
}

/** A name is overridden for all jobs, or for those of the kind that the new one is for. */
function environmentOver(own: readonly JobVariable[], given: readonly JobVariable[]): JobVariable[] {
  const overridden = (variable: JobVariable) =>
    given.some(({ name, access }) => name === variable.name && (access === 'both' || access === variable.access))
  const rest = own.filter((variable) => !overridden(variable))
  // Of one name, what is for jobs of a kind comes behind what is for all, and wins.
  return [...rest, ...given]
}

/** A version is the version of one tool: another tool begins without. */
function toolOver(tool: Job['tool'], { tool: wanted, versions }: RuntimeBlock): Job['tool'] {
  const name = wanted !== null && chosen.includes(tool.name) ? wanted : tool.name
  const version = versions[name] ?? (name === tool.name ? tool.version : null)
  return { name, version }
}
