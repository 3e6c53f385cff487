import type { HookName, Job, Phase } from '../../../../protocol/job.ts'
import { hookTitle, phaseWords } from './phase-words.ts'
import type { inside } from '../run.ts'
import { prologue } from './prologue.ts'
import { resultSteps } from './results.ts'
import { quoted } from './shell-text.ts'
import type { PhaseCommands } from '../tool.ts'

export interface ScriptParts {
  readonly job: Pick<Job, 'run' | 'phases' | 'pause' | 'continues' | 'hooks' | 'command' | 'projectRoot'>
  readonly commands: PhaseCommands
  /** Begins every mark: 32 random hexadecimal digits, made for this job. */
  readonly word: string
  /** Where things are inside the container. */
  readonly paths: { readonly [Name in keyof typeof inside]: string }
  /** Whether a tool's executable is mounted at `paths.binaries`. */
  readonly binaries: boolean
  /** Whether each command is shown in the log before it runs. */
  readonly debug: boolean
}

/**
 * The launcher writes this file into the script's directory before it ends a container: the run's final state, which
 * the script obeys.
 */
export const endingFile = 'ending'

/**
 * The program that runs a job's phases, for any POSIX `sh` (dash, busybox ash and bash are tested). All phases share
 * its one session, so what a hook exports, the phases after it see.
 * - A hook or command stands as a quoted word behind `eval`: a comment, an open quote or a newline in it cannot reach
 *   what follows it.
 * - A hook of several lines stops at its first failing command, as if its lines were joined with `&&`.
 * - `exit` in a hook ends the session; the trap on EXIT still runs the after_run hooks and says how it ended.
 * - Marks are printed as RS word space text RS.
 */
export function jobScript(parts: ScriptParts): string {
  const { job } = parts
  const sections = job.phases.map((phase, index) => phaseSection(parts, phase, job.phases[index + 1]))
  return `${[prologue(parts, afterRunSection(parts)), ...sections, 'spacelift_step=done', 'spacelift_end 0'].join('\n')}\n`
}

/** Where the phases run. */
function projectDirectory({ job, paths }: ScriptParts): string {
  return job.projectRoot === '' ? paths.source : `${paths.source}/${job.projectRoot}`
}

function phaseSection(parts: ScriptParts, phase: Phase, next: Phase | undefined): string {
  const words = phaseWords[phase]
  const { hooks } = parts.job
  const before = hooks[words.before] ?? []
  const after = hooks[words.after] ?? []
  return [
    `\n# ${phase}`,
    `spacelift_doing=${quoted(words.doing)}`,
    `spacelift_phase ${phase} ${quoted(`${words.title} with ${before.length + after.length} custom hooks...`)}`,
    `cd ${quoted(projectDirectory(parts))}`,
    'spacelift_check $?',
    ...before.flatMap((hook) => hookStep(parts, words.before, hook)),
    ...(before.length > 0 ? [`spacelift_doing=${quoted(words.doing)}`] : []),
    ...(phase === 'PLANNING' ? planning(parts) : stepOf(parts, 'command', commandOf(parts, phase))),
    ...after.flatMap((hook) => hookStep(parts, words.after, hook)),
    `spacelift_line ${quoted(words.done)}`,
    ...resultSteps(parts, phase),
    ...(phase === 'PLANNING' ? afterPlanning(parts.job.pause, next) : []),
  ].join('\n')
}

function commandOf({ job, commands }: ScriptParts, phase: Exclude<Phase, 'PLANNING'>): string {
  // A task is a program of its own: what it sets or exits is not the session's.
  return phase === 'PERFORMING' ? `sh -c ${quoted(job.command ?? ':')}` : commands[phase]
}

/** What the log says when a hook fails names the hook, as the outcome does. */
function hookStep(parts: ScriptParts, name: HookName, text: string): string[] {
  return [`spacelift_doing=${quoted(`running the ${hookTitle(name)} hooks`)}`, ...stepOf(parts, name, text)]
}

/**
 * One hook or command. `set -e` is what stops a text of several lines; on a text of one line it would change the
 * meaning of `;`.
 */
function stepOf(parts: ScriptParts, step: string, text: string): string[] {
  const strict = text.trim().includes('\n') ? ['spacelift_strict'] : []
  return [`spacelift_step=${step}`, ...shown(parts, text), ...strict, `eval ${quoted(text)}`, 'spacelift_check $?']
}

/** The text itself, before anything in it has a value: what is masked in the log is masked here. */
function shown({ debug }: ScriptParts, text: string): string[] {
  return debug ? text.split('\n').map((line) => `spacelift_line ${quoted(`$ ${line}`)}`) : []
}

/** PLANNING says whether there are changes; where the tool says so by an exit code, that code is no failure. */
function planning(parts: ScriptParts): string[] {
  const { PLANNING, changesExitCode } = parts.commands
  if (changesExitCode === null) return [...stepOf(parts, 'command', PLANNING), 'spacelift_found 1']
  return [
    'spacelift_step=command',
    ...shown(parts, PLANNING),
    'spacelift_status=0',
    `eval ${quoted(PLANNING)} || spacelift_status=$?`,
    'case $spacelift_status in',
    '  0) spacelift_changes=0 ;;',
    `  ${changesExitCode}) spacelift_changes=1 ;;`,
    '  *) spacelift_check "$spacelift_status" ;;',
    'esac',
    'spacelift_check 0',
    'spacelift_found "$spacelift_changes"',
  ]
}

function afterPlanning(pause: boolean, next: Phase | undefined): string[] {
  const keeping = `spacelift_doing='keeping the environment'; spacelift_keep; spacelift_check $?`
  const paused = [
    `if [ "$spacelift_changes" = 1 ]; then ${keeping}; spacelift_paused=1; spacelift_step=done; spacelift_end 0; fi`,
  ]
  const nothing = 'if [ "$spacelift_changes" = 0 ]; then spacelift_step=done; spacelift_end 0; fi'
  return [...(pause ? paused : []), ...(next === 'APPLYING' ? [nothing] : [])]
}

/** In a subshell, so that an `exit` there ends the hooks and not the account of the run. */
function afterRunSection(parts: ScriptParts): string {
  const hooks = parts.job.hooks['afterRun'] ?? []
  if (hooks.length === 0) return '  :'
  return [
    '  (',
    '    trap - EXIT',
    '    trap : INT TERM',
    '    TF_VAR_spacelift_final_run_state=$spacelift_final',
    '    export TF_VAR_spacelift_final_run_state',
    `    cd ${quoted(projectDirectory(parts))} || exit`,
    ...hooks.flatMap((hook) => [
      ...shown(parts, hook),
      hook.trim().includes('\n') ? `    set -e; eval ${quoted(hook)}; set +e` : `    eval ${quoted(hook)} || exit`,
    ]),
    '  )',
    '  spacelift_after=$?',
    '  if [ "$spacelift_after" -ne 0 ]; then',
    `    spacelift_line "Unexpected exit code when running the ${hookTitle('afterRun')} hooks: $spacelift_after"`,
    '  fi',
  ].join('\n')
}
