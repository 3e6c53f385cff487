import type { Language } from './opa.ts'
import type { Files } from './scratch.ts'

/** A policy that opa accepts, and what it takes to evaluate it. */
export interface CompiledPolicy {
  /** Where the operator has it. */
  readonly path: string
  readonly text: string
  readonly language: Language
  /** The policy, our definitions, and what it may use. */
  readonly files: Files
  readonly usesExec: boolean
  /** Whether it has a rule `deny`. */
  readonly denies: boolean
}

/** Names of the files, as opa is given them. */
export const fileNames = {
  policy: 'policy.rego',
  prelude: 'prelude.rego',
  capabilities: 'capabilities.json',
  exec: 'exec.json',
} as const
