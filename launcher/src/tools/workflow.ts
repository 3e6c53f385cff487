import { LauncherError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { planFile } from './hcl-tool.ts'

/** The commands of a workflow that are run here, each as text for `sh`; `:` where there is nothing to do. */
export interface Workflow {
  readonly init: string
  readonly plan: string
  readonly apply: string
  readonly destroy: string
  /** Null: there is none. */
  readonly showPlan: string | null
  readonly getOutputs: string | null
  /** Null: a plan that ends with 0 counts as changes. */
  readonly planChangesExitCode: number | null
}

/** Where a source has it. */
export const workflowFile = '.spacelift/workflow.yml'

const runKeys = ['init', 'plan', 'apply', 'destroy', 'showPlan', 'getOutputs'] as const
/** Read, and of no use here: workspaces of a tool are not chosen, and the state is not shown. */
const otherKeys = ['workspaceSelect', 'workspaceNew', 'showState'] as const
/** Ours. */
const exitCodeKey = 'planChangesExitCode'
const keys: readonly string[] = [...runKeys, ...otherKeys, exitCodeKey]

/** Reads a workflow; null is an absent one. Rejects with WORKFLOW_INVALID and every problem. */
export async function readWorkflow(text: string | null): Promise<Workflow> {
  if (text === null) throw invalid([`the tool "custom" needs the file ${workflowFile}, and the source has none`])
  // Only here: most launchers never read one, and what reads it is as large as a tenth of the rest.
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text, { prettyErrors: true })
  if (document.errors.length > 0) throw invalid(document.errors.map((error) => error.message.split('\n')[0] ?? ''))
  const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(['expected keys and commands'])
  const entries = value as Readonly<Record<string, unknown>>
  const problems = Object.entries(entries).flatMap(([key, command]) => problemsOf(key, command))
  if (problems.length > 0) throw invalid(problems)
  const command = <Otherwise>(key: (typeof runKeys)[number], otherwise: Otherwise) => commandOf(entries[key], otherwise)
  return {
    init: command('init', ':'),
    plan: command('plan', ':'),
    apply: command('apply', ':'),
    destroy: command('destroy', ':'),
    showPlan: command('showPlan', null),
    getOutputs: command('getOutputs', null),
    planChangesExitCode: (entries[exitCodeKey] as number | undefined) ?? null,
  }
}

function commandOf<Otherwise>(text: unknown, otherwise: Otherwise): string | Otherwise {
  return (typeof text === 'string' && withPlanFile(text).trim()) || otherwise
}

function problemsOf(key: string, value: unknown): string[] {
  if (!keys.includes(key)) return [unknownKey(key)]
  if (value === null || value === undefined) return []
  if (key === exitCodeKey) return isExitCode(value) ? [] : [`${key}: expected a whole number from 1 to 255`]
  if (typeof value !== 'string') return [`${key}: expected a command as text`]
  const templates = runKeys.some((run) => run === key) ? (withPlanFile(value).match(/\{\{.*?\}\}/gs) ?? []) : []
  return templates.map((template) => `${key}: ${template} is not known here, only {{ .PlanFileName }} is`)
}

/** A key with a typo is told what it was to be; of one that resembles none, all that there are. */
function unknownKey(key: string): string {
  const meant = nearest(key, keys)
  const unknown = `unknown key ${JSON.stringify(key)}`
  return meant === null ? `${unknown}, expected ${keys.join(', ')}` : `${unknown}, did you mean "${meant}"?`
}

function isExitCode(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 255
}

function withPlanFile(command: string): string {
  return command.replaceAll(/\{\{-?\s*\.PlanFileName\s*-?\}\}/g, planFile)
}

function invalid(problems: readonly string[]): LauncherError {
  return new LauncherError('WORKFLOW_INVALID', `${workflowFile}: ${problems.join('; ')}`)
}
