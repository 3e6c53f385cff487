import type { ToolName } from '../../../protocol/job.ts'
import type { PhaseCommands, Tool } from '../run/tool.ts'
import { httpState } from './http-state.ts'
import { ownBackend } from './own-backend.ts'
import { skippable } from './skip.ts'

/** What tells one tool that reads HCL from another. */
interface HclTool {
  readonly name: ToolName
  readonly binary: string
  /** Of all files in the project root, the names of those that it reads. */
  readonly configurationFiles: (names: readonly string[]) => readonly string[]
}

/** The file that a plan is saved in, in the project root. */
export const planFile = 'spacelift.plan'

/** OpenTofu or Terraform, which have their commands, environment and state in common. */
export function hclTool({ name, binary, configurationFiles }: HclTool): Tool {
  return {
    name,
    binary,
    environment: { TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1' },
    commands: async () => commandsOf(binary),
    ownBackend: (files) => ownBackend(pick(files, configurationFiles([...files.keys()]))),
    state: (state) => httpState(state),
    erroredState: 'errored.tfstate',
  }
}

/** Without colours: a log is read in a browser, a terminal and an editor, and only one of them shows them. */
function commandsOf(binary: string): PhaseCommands {
  const quiet = '-input=false -no-color'
  return {
    INITIALIZING: `${binary} init ${quiet}`,
    PLANNING: `${binary} plan ${quiet} -out=${planFile} -detailed-exitcode`,
    APPLYING: skippable('APPLYING', `${binary} apply ${quiet} ${planFile}`),
    DESTROYING: skippable('DESTROYING', `${binary} destroy ${quiet} -auto-approve`),
    changesExitCode: 2,
    showPlan: `${binary} show -json ${planFile}`,
    outputs: `${binary} output -json -no-color`,
  }
}

function pick(files: ReadonlyMap<string, string>, names: readonly string[]): Map<string, string> {
  return new Map([...files].filter(([name]) => names.includes(name)))
}

/** Editors' copies, which both tools pass over (`IsIgnoredFile` in their `configs` package). */
export function isEditorsCopy(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~') || (name.startsWith('#') && name.endsWith('#'))
}
