import { readFile } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import { LauncherError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import { DeadlinePassed, within } from '../run/deadline.ts'
import { restricted } from './capabilities.ts'
import { compile } from './compile.ts'
import type { CompiledPolicy } from './compiled.ts'
import { findOpa } from './find-opa.ts'
import { Opa, type OpaRun } from './opa.ts'
import { RegoPolicy } from './rego-policy.ts'
import type { Scratch } from './scratch.ts'
import { passedVariables } from './surroundings.ts'
import type { OnFailedCall } from './verdict.ts'

/** What the operator set. */
export interface PolicySettings {
  /** The Rego file. */
  readonly path: string
  /** The opa program; null: it is looked for. */
  readonly opa: string | null
  readonly timeoutMs: number
  readonly exec: boolean
  readonly http: boolean
  readonly onFailedCall: OnFailedCall
}

/** What a policy is opened with. */
export interface OpeningParts {
  readonly settings: PolicySettings
  /** The launcher's environment, of which policies get what `surroundings.ts` names. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The directory of the launcher's program. */
  readonly beside: string
  readonly launcherVersion: string
  readonly scratch: Scratch
  readonly clock: Clock
  readonly log: Logger
  readonly sampled: (line: string) => void
}

/** A policy that opa accepts. */
export interface OpenedPolicy {
  readonly policy: RegoPolicy
  readonly compiled: CompiledPolicy
}

/** opa is a large program, and a busy machine starts it slowly. */
const openingMs = 60_000

/**
 * Reads the operator's policy and lets opa compile it: what was read then is what is evaluated, whatever becomes of the
 * file. Rejects with CONFIGURATION, in the compiler's words, if it cannot be used.
 */
export async function openPolicy(parts: OpeningParts): Promise<OpenedPolicy> {
  const deadline = { clock: parts.clock, ms: openingMs, what: 'compiling the run initialization policy' }
  try {
    return await within(deadline, (signal) => open(parts, signal))
  } catch (error) {
    throw error instanceof DeadlinePassed ? new LauncherError('CONFIGURATION', error.message) : error
  }
}

async function open(parts: OpeningParts, signal: AbortSignal): Promise<OpenedPolicy> {
  const { settings, env, beside, scratch } = parts
  await scratch.sweep(parts.clock.now())
  const text = await textOf(settings.path)
  const file = await findOpa({ configured: settings.opa, beside, path: env['PATH'] ?? '' })
  const variables = passedVariables(env)
  const opa = new Opa(file, settings.http ? variables.network : {})
  const capabilities = await scratch.with({}, (cwd) => capabilitiesOf(opa, settings.http, { cwd, signal }))
  const compiled = await compile({ ...settings, opa, scratch, text, capabilities, signal })
  const policy = new RegoPolicy({ ...parts, ...settings, compiled, opa, env: variables.commands })
  return { policy, compiled }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new LauncherError(
      'CONFIGURATION',
      `SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY: ${path} cannot be read (${why})`,
      { cause: error },
    )
  }
}

/** An opa before 1.0 takes v0 for the newer dialect. */
async function capabilitiesOf(opa: Opa, http: boolean, run: OpaRun): Promise<string> {
  const [version, all] = await Promise.all([opa.ask(['version'], run), opa.ask(['capabilities', '--current'], run)])
  const [, number = 'none'] = /^Version: (\S+)/m.exec(version) ?? []
  if (!/^[1-9]\d*\./.test(number)) throw opa.unusable(`expected opa 1.0 or later, got version ${number}`)
  const kept = restricted(all, http)
  if (kept === null) throw opa.unusable('it does not say what it is capable of')
  return kept
}
