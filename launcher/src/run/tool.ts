import type { Job, JobState, ToolName } from '../../../protocol/job.ts'

/** What the phases of a tool run, each as text for `sh`, in the project root, in the container's one shell session. */
export interface PhaseCommands {
  readonly INITIALIZING: string
  readonly PLANNING: string
  readonly APPLYING: string
  readonly DESTROYING: string
  /** The exit code by which PLANNING says "there are changes"; 0 then means none. Null: exit code 0 always means changes. */
  readonly changesExitCode: number | null
  /** Prints the plan that PLANNING left, as Terraform's JSON; null or missing: the tool has none. */
  readonly showPlan?: string | null
  /** Prints all outputs, as Terraform's JSON; null or missing: the tool has none. */
  readonly outputs?: string | null
}

/** Files (relative to the project root) and environment that make a tool keep its state at the mothership; the user's files stay as they are. */
export interface StateSettings {
  readonly environment: Readonly<Record<string, string>>
  readonly files: readonly { readonly path: string; readonly text: string }[]
}

/** What a stack says of how its tool is to be run. */
export type ToolWishes = Partial<Omit<Job['tool'], 'name' | 'version'>>

/**
 * A tool, described in one file of `tools/`. It says what to run; it never runs anything.
 */
export interface Tool {
  readonly name: ToolName
  /** Name of its executable, or null if there is none to fetch. */
  readonly binary: string | null
  readonly environment: Readonly<Record<string, string>>
  /** `workflow`: the text of `.spacelift/workflow.yml`, or null. Rejects with WORKFLOW_INVALID and every problem of it. */
  commands(workflow: string | null, wishes?: ToolWishes): Promise<PhaseCommands>
  /** Whether the project root configures a backend of its own: given the texts of its configuration files by name. */
  ownBackend(files: ReadonlyMap<string, string>): string | null
  /** `authorityFile`: where the container finds the PEM, or null. Null: the tool has no state to keep. */
  state(state: JobState, authorityFile: string | null): StateSettings | null
  /** A state file that the tool leaves in the project root when it could not deliver it. */
  readonly erroredState: string | null
}

/** Finds the directory that holds a tool's executable, fetching it first if need be. */
export interface Binaries {
  /** The version in full that a constraint means. Missing: constraints are not understood. Rejects with TOOL_UNAVAILABLE. */
  resolve?(
    tool: Tool,
    constraint: string,
    options: { readonly signal: AbortSignal; readonly progress: (line: string) => void },
  ): Promise<string>
  /** The directory, to be mounted read-only and put first on PATH. Rejects with TOOL_UNAVAILABLE, naming what was tried. */
  directory(
    tool: Tool,
    version: string,
    options: { readonly signal: AbortSignal; readonly progress: (line: string) => void },
  ): Promise<string>
}
