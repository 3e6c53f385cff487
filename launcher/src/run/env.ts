import type { Job, Phase } from '../../../protocol/job.ts'
import { computedVariables } from './computed-variables.ts'
import { interpolate } from './interpolation.ts'
import type { Access, PassedVariable } from './run.ts'
import type { StateSettings, Tool } from './tool.ts'

/** Phases that can change something. */
const writing: readonly Phase[] = ['APPLYING', 'PERFORMING', 'DESTROYING']

/**
 * Whether a job may change something: `write` if it may enter APPLYING, PERFORMING or DESTROYING. A container serves a
 * whole job, so a plan that is applied in the same job (autodeploy) is `write` from its beginning.
 */
export function accessOf(phases: readonly Phase[]): 'read' | 'write' {
  return phases.some((phase) => writing.includes(phase)) ? 'write' : 'read'
}

/** Whether something is for a job of these phases. */
export function isFor(phases: readonly Phase[]): (one: { readonly access: Access }) => boolean {
  const mine = accessOf(phases)
  return ({ access }) => access === 'both' || access === mine
}

export interface EnvironmentParts {
  readonly job: Job
  readonly tool: Pick<Tool, 'environment'>
  /** The operator's. */
  readonly passed: readonly PassedVariable[]
  /** Null: the run's state is not kept at the mothership. */
  readonly state: Pick<StateSettings, 'environment'> | null
}

/** A container's environment, and what is to be said of it in the run's log. */
export interface ContainerEnvironment {
  /** `NAME=value` */
  readonly entries: readonly string[]
  readonly remarks: readonly string[]
}

/**
 * Later ones win: what is computed, the tool's, the operator's, the job's own, the state's. The job's own overrides what
 * is computed, as it does at Spacelift; the state's comes last because it belongs to the settings that are put beside
 * the source. Only the job's own values are looked through for names of others. HOME and PATH are left to the image and
 * the script, which knows what the image has. Throws ENVIRONMENT_REFUSED for what no program could be started with.
 */
export function containerEnvironment({ job, tool, passed, state }: EnvironmentParts): ContainerEnvironment {
  const own = ownVariables(job)
  const all = new Map([
    ...computedVariables(job),
    ...Object.entries(tool.environment),
    ...passedVariables(job, passed),
    ...own,
    ...Object.entries(state?.environment ?? {}),
  ])
  const settled = Object.keys(state?.environment ?? {})
  const open = new Set([...own.keys()].filter((name) => !settled.includes(name)))
  const { values, circular } = interpolate({ variables: all, open })
  return { entries: [...values].map(([name, value]) => `${name}=${value}`), remarks: remarksOn(circular) }
}

/**
 * The values of the job's own variables that must not be seen because they name one whose value is secret, directly or
 * by way of others.
 */
export function valuesWithSecrets(
  job: Job,
  passed: readonly PassedVariable[],
  isSecret: (value: string) => boolean,
): string[] {
  const own = ownVariables(job)
  const variables = new Map([...computedVariables(job), ...passedVariables(job, passed), ...own])
  const { values, tainted } = interpolate({
    variables,
    open: new Set(own.keys()),
    isSecret: (name) => isSecret(variables.get(name) ?? ''),
  })
  return [...tainted].map((name) => values.get(name) ?? '')
}

function ownVariables({ environment, phases }: Job): Map<string, string> {
  return new Map(environment.filter(isFor(phases)).map(({ name, value }) => [name, value]))
}

/** What is for jobs of this kind wins over what is for all. */
function passedVariables({ phases }: Job, passed: readonly PassedVariable[]): [string, string][] {
  const given = [
    ...passed.filter(({ access }) => access === 'both'),
    ...passed.filter(({ access }) => access !== 'both'),
  ]
  return given.filter(isFor(phases)).map(({ name, value }) => [name, value.reveal()])
}

function remarksOn(circular: readonly string[]): string[] {
  if (circular.length === 0) return []
  const names = circular.slice(0, 10).join(', ') + (circular.length > 10 ? ` and ${circular.length - 10} more` : '')
  return [`Environment variables lead into a circle of \${...}, and are left as they are: ${names}`]
}
