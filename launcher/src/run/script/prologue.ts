import { environmentFunctions, environmentStep } from './environment.ts'
import { resultFunctions } from './results.ts'
import type { ScriptParts } from './script.ts'
import { quoted } from './shell-text.ts'

/**
 * What stands before the phases: the functions, the traps, and a look at the image. `afterRun` is the text that runs
 * the after_run hooks. Names begin with `spacelift_`, so that they meet no name of a hook's.
 */
export function prologue(parts: ScriptParts, afterRun: string): string {
  const environment = parts.job.pause || parts.job.continues ? environmentFunctions(parts) : ''
  return [
    header(),
    reporting(parts),
    checking(parts),
    resultFunctions(),
    environment,
    ending(parts, afterRun),
    beginning(parts),
  ].join('\n')
}

/**
 * INT and TERM are caught, not ignored: the shell lives on to the after_run hooks, and its children get them as they
 * are.
 */
function header(): string {
  return `# What runs inside the container of a job. Written by the launcher.
exec 2>&1
trap : INT TERM
trap 'spacelift_end $?' EXIT
spacelift_step=prerequisites
spacelift_doing=
spacelift_changes=
spacelift_paused=0
spacelift_errexit=
spacelift_ended=0`
}

/** The mark before a line lets the launcher begin it on a line of its own, whatever a command printed last. */
function reporting({ word, job }: ScriptParts): string {
  return `
spacelift_mark() { printf '\\036%s %s\\036' ${word} "$1"; }
spacelift_line() { spacelift_mark line; printf '[%s] %s\\n' ${job.run} "$1"; }
spacelift_found() { spacelift_changes=$1; spacelift_mark "changes $1"; }
spacelift_phase() {
  spacelift_step=command
  spacelift_check 0
  TF_VAR_spacelift_run_state=$1
  export TF_VAR_spacelift_run_state
  spacelift_mark "phase $1"
  spacelift_line "$2"
}`
}

function checking({ paths }: ScriptParts): string {
  return `
spacelift_strict() {
  case $- in
    *e*) spacelift_errexit=theirs ;;
    *) spacelift_errexit=ours; set -e ;;
  esac
}
spacelift_check() {
  if [ "$spacelift_errexit" = ours ]; then set +e; fi
  spacelift_errexit=
  if [ "$1" -ne 0 ]; then spacelift_end "$1"; fi
  if [ -e ${quoted(`${paths.script}/ending`)} ]; then spacelift_end 130; fi
}`
}

/** Called by whoever ends the session, and by the trap for whoever does so unasked; only the first call counts. */
function ending({ paths }: ScriptParts, afterRun: string): string {
  const file = quoted(`${paths.script}/ending`)
  return `
spacelift_end() {
  if [ "$spacelift_ended" = 1 ]; then return 0; fi
  spacelift_ended=1
  set +e
  spacelift_code=$1
  spacelift_final=FAILED
  if [ "$spacelift_step" = done ] && [ "$spacelift_code" = 0 ]; then spacelift_final=FINISHED; fi
  if [ -e ${file} ]; then read -r spacelift_final < ${file}; fi
  if [ "$spacelift_step" != done ] && [ -n "$spacelift_doing" ]; then
    spacelift_line "Unexpected exit code when $spacelift_doing: $spacelift_code"
  fi
  if [ "$spacelift_paused" = 0 ] && [ -n "$spacelift_doing" ]; then
    spacelift_after_run
  fi
  spacelift_mark "end $spacelift_code $spacelift_step"
  exit "$spacelift_code"
}
spacelift_after_run() {
${afterRun}
}`
}

/**
 * Docker gives HOME from the image's users, where 1983 need not be; a home that cannot be written breaks git, ssh and
 * most tools.
 */
function beginning(parts: ScriptParts): string {
  const { paths, binaries } = parts
  return `
spacelift_line 'Verifying container image prerequisites...'
if ! command -v ps >/dev/null 2>&1; then
  spacelift_line 'The image has no \`ps\`: this worker does without it, others may not'
fi
if ! [ -w ${quoted(paths.workspace)} ]; then
  spacelift_line "User $(id -u) of the container cannot write to its workspace"
  spacelift_end 1
fi
if ! [ -d "\${HOME:-}" ] || ! [ -w "\${HOME:-}" ]; then
  HOME=/tmp/home
  export HOME
  mkdir -p "$HOME"
fi${binaries ? `\nPATH=${quoted(paths.binaries)}:$PATH\nexport PATH` : ''}
${environmentStep(parts)}
spacelift_line 'Successfully verified container image prerequisites'`
}
