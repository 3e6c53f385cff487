import type { Phase } from '../../../../protocol/job.ts'
import { maxResultBytes, resultPath, type ResultName } from '../results/result-files.ts'
import type { ScriptParts } from './script.ts'
import { quoted } from './shell-text.ts'

/** POSIX counts the limit of `ulimit -f` in blocks of so many bytes; bash in twice as many. */
const blockBytes = 512

/**
 * The function that keeps what a command prints, for the launcher: `spacelift_result FILE COMMAND`. In a subshell, where it can put aside
 * whatever options a hook has set, and bounded, because the file counts on the worker's disk. What fails leaves an empty file: no run
 * fails for it.
 */
export function resultFunctions(): string {
  return `
spacelift_result() {
  (
    trap - EXIT
    set +efu
    unset IFS
    umask 077
    ulimit -f ${maxResultBytes / blockBytes} 2>/dev/null
    eval "$2" > "$1"
  ) && return 0
  spacelift_line "Unexpected exit code when $3: $?"
  printf '' > "$1"
}`
}

/** What is kept when a phase has ended well: of a plan its JSON and where it was made, of a phase that changes something the outputs. */
export function resultSteps(parts: ScriptParts, phase: Phase): string[] {
  const { showPlan, outputs } = parts.commands
  const plan = 'generating JSON representation of the plan'
  if (phase === 'PLANNING') {
    return [
      `printf '%s' ${quoted(parts.job.projectRoot || '.')} > ${file(parts, 'project')} || :`,
      ...(showPlan ? [`spacelift_line ${quoted(`G${plan.slice(1)}...`)}`, kept(parts, 'plan', [showPlan, plan])] : []),
    ]
  }
  if ((phase === 'APPLYING' || phase === 'DESTROYING') && outputs) {
    return [kept(parts, 'outputs', [outputs, 'reading the outputs']), 'spacelift_mark outputs']
  }
  return []
}

/** Whatever a hook did to the shell's options, this does not end the session. */
function kept(parts: ScriptParts, name: ResultName, [command, doing]: readonly [string, string]): string {
  return `spacelift_result ${file(parts, name)} ${quoted(command)} ${quoted(doing)} || :\nspacelift_check 0`
}

function file({ paths }: ScriptParts, name: ResultName): string {
  return quoted(resultPath(paths.workspace, name))
}
