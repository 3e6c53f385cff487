import { LauncherError } from '../base/errors.ts'
import { hintsOn } from './capabilities.ts'
import { fileNames, type CompiledPolicy } from './compiled.ts'
import { complaintsOf, described, type Complaint } from './complaint.ts'
import { dialect, type Language, type Opa } from './opa.ts'
import { policyModule, type PolicyModule } from './policy-module.ts'
import { prelude } from './prelude.ts'
import type { Files, Scratch } from './scratch.ts'

/** What is to be compiled, and what it may do. */
export interface Compiling {
  readonly opa: Opa
  readonly scratch: Scratch
  /** Of the operator's file. */
  readonly path: string
  readonly text: string
  /** What `restricted` made. */
  readonly capabilities: string
  readonly http: boolean
  readonly exec: boolean
  readonly signal: AbortSignal
}

type Definitions = Readonly<Record<string, string>>

/** An attempt to read a policy in one of the dialects. */
type Attempt =
  | { readonly compiled: CompiledPolicy }
  | { readonly parses: boolean; readonly complaints: readonly Complaint[] }

/** What a person reads at once. */
const maxComplaints = 10

const subject = 'SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY'

/** Reads a policy as Rego v1, else as v0. Rejects with CONFIGURATION and the compiler's words if it is neither. */
export async function compile(compiling: Compiling): Promise<CompiledPolicy> {
  const newer = await attempt(compiling, 'v1')
  if ('compiled' in newer) return accepted(compiling, newer.compiled)
  const older = await attempt(compiling, 'v0')
  if ('compiled' in older) return accepted(compiling, older.compiled)
  // What can be read in one dialect only is written in that one; the other's complaints would be noise.
  const tried: readonly (readonly [string, typeof newer])[] = [
    ['Rego v1', newer],
    ['Rego v0', older],
  ]
  const telling = tried.filter(([, { parses }]) => parses === (newer.parses || older.parses))
  const shown = newer.parses && older.parses ? telling.slice(0, 1) : telling
  throw invalid(shown.flatMap(([title, { complaints }]) => wordsOf(compiling, title, complaints)))
}

function wordsOf({ path, http, text }: Compiling, title: string, complaints: readonly Complaint[]): string[] {
  const lines = [...complaints.slice(0, maxComplaints).map((one) => described(one, path)), ...hintsOn(text, http)]
  return [`as ${title}:`, ...lines.map((line) => `  ${line}`)]
}

function invalid(lines: readonly string[]): LauncherError {
  return new LauncherError('CONFIGURATION', [`${subject}: the policy is not valid`, ...lines].join('\n'))
}

function accepted({ path, exec }: Compiling, compiled: CompiledPolicy): CompiledPolicy {
  if (!compiled.usesExec || exec) return compiled
  throw invalid([
    `  ${path}: it calls exec(), and running programs is off; SPACELIFT_LAUNCHER_POLICY_EXEC=true allows it`,
  ])
}

async function attempt(compiling: Compiling, language: Language): Promise<Attempt> {
  const { opa, scratch, path, text, signal } = compiling
  const tree = await scratch.with({ [fileNames.policy]: text }, (cwd) =>
    opa.run(['parse', '--format', 'json', ...dialect(language), fileNames.policy], { cwd, signal }),
  )
  if (tree.code !== 0) return { parses: false, complaints: complaintsOf(tree) }
  const module = policyModule(tree.stdout)
  const odd = oddities(module, path)
  if (odd) throw invalid([`  ${odd}`])
  return firstThatCompiles(compiling, language, module)
}

/** What compiles and still is no policy. */
function oddities({ package: name, deniesOddly }: PolicyModule, path: string): string | null {
  if (name !== 'spacelift') return `${path}: expected package spacelift, got package ${name}`
  if (!deniesOddly) return null
  return `${path}: deny has to be a set of messages: deny contains "message" if { ... }, or in Rego v0 deny["message"] { ... }`
}

/**
 * Our definitions are there for a policy that does not compile without them: so none of them changes the meaning of a
 * policy that was written for itself, and has a name of ours for something else.
 */
async function firstThatCompiles(
  compiling: Compiling,
  language: Language,
  { names, denies }: PolicyModule,
): Promise<Attempt> {
  const { path, text, capabilities, opa, scratch, signal } = compiling
  let complaints: readonly Complaint[] = []
  for (const definitions of preludes(names)) {
    const files: Files = {
      [fileNames.policy]: text,
      [fileNames.prelude]: ['package spacelift', ...Object.values(definitions), ''].join('\n\n'),
      [fileNames.capabilities]: capabilities,
    }
    const words = ['check', '--format', 'json', '--capabilities', fileNames.capabilities, ...dialect(language)]
    const end = await scratch.with(files, (cwd) =>
      opa.run([...words, fileNames.policy, fileNames.prelude], { cwd, signal }),
    )
    complaints = complaintsOf(end)
    if (end.code === 0) return { compiled: { path, text, language, files, usesExec: 'exec' in definitions, denies } }
  }
  return { parses: true, complaints }
}

function preludes(names: ReadonlySet<string>): Definitions[] {
  const free = (definitions: Definitions) =>
    Object.fromEntries(Object.entries(definitions).filter(([name]) => !names.has(name)))
  const functions = free(prelude.functions)
  const named = { ...functions, ...free(prelude.aliases) }
  return [{}, functions, named, { ...named, ...free(prelude.exec) }]
}
