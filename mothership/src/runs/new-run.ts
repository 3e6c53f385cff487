import { Refusal } from '../base/errors.ts'
import type { NewRun } from '../graphql/services.ts'
import type { StackSource } from '../stacks/definition.ts'
import type { StackSnapshot } from '../stacks/snapshot.ts'
import type { RunRecord } from './table.ts'

/** Longest command or metadata, in characters. */
const longestText = 128 * 1024

/** Texts of metadata that come with one wish. */
const mostMetadata = 20

/** Refuses (`bad-request`) a run that cannot be, naming every reason. */
export function checkNewRun(run: NewRun, source: StackSource): void {
  const problems = [
    ...(run.type === 'TASK' ? taskProblems(run) : otherProblems(run)),
    ...metadataProblems(run.metadata),
    commitProblem(run.commit, source),
  ]
  refuseProblems(problems)
}

/** Refuses (`bad-request`) something for every reason that is one. */
export function refuseProblems(found: readonly (string | null)[]): void {
  const problems = found.filter((problem) => problem !== null)
  if (problems.length > 0) throw new Refusal('bad-request', problems.join('; '))
}

/** What is wrong with the metadata that somebody sends with a wish about a run. */
export function metadataProblems(metadata: readonly string[] = []): readonly (string | null)[] {
  const many = metadata.length > mostMetadata
  return [
    many ? `metadata: expected at most ${mostMetadata} texts, came ${metadata.length}` : null,
    ...metadata.map((text) => tooLong('metadata', text)),
  ]
}

function taskProblems({ command = '' }: NewRun): readonly (string | null)[] {
  return [command.trim() === '' ? 'command: expected one for a TASK' : null, tooLong('command', command)]
}

function otherProblems(run: NewRun): readonly (string | null)[] {
  return [
    run.command === undefined ? null : `command: expected none for a ${run.type} run`,
    run.skipInitialization ? `skipInitialization: expected for a TASK only, not a ${run.type} run` : null,
  ]
}

function tooLong(name: string, text = ''): string | null {
  return text.length > longestText ? `${name}: expected at most ${longestText} characters, came ${text.length}` : null
}

function commitProblem(commit: string | undefined, source: StackSource): string | null {
  if (commit === undefined) return null
  if (source.kind !== 'git') return "commit: expected none, because the stack's source is not a git repository"
  const whole = /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit)
  return whole ? null : `commit: expected a whole hash of 40 or 64 hexadecimal digits, came ${JSON.stringify(commit)}`
}

/** What a run is, whoever makes it. */
export type Kind = Pick<
  RunRecord,
  | 'stack'
  | 'pool'
  | 'type'
  | 'title'
  | 'command'
  | 'skipInitialization'
  | 'autodeploy'
  | 'commit'
  | 'branch'
  | 'metadata'
>

/** A run of a stack as it is now. */
export function kindOf(run: NewRun, pool: string, stack: StackSnapshot): Kind {
  const { type, command = null, skipInitialization = false, metadata = [] } = run
  return {
    stack: run.stack,
    pool,
    type,
    title: command === null ? titles[type] : firstLine(command),
    command,
    skipInitialization,
    autodeploy: stack.autodeploy,
    ...revisionOf(stack.source, run.commit),
    metadata: { triggered: metadata, confirmed: [] },
  }
}

/** A run of the same kind as an earlier one. */
export function kindAsBefore(run: RunRecord): Kind {
  const { stack, pool, type, title, command, skipInitialization, autodeploy, commit, branch } = run
  const metadata = { triggered: run.metadata.triggered, confirmed: [] }
  return { stack, pool, type, title, command, skipInitialization, autodeploy, commit, branch, metadata }
}

/** Only a git source has one; what a branch points to is not known before a worker has fetched it. */
function revisionOf(source: StackSource, asked: string | undefined): Pick<RunRecord, 'commit' | 'branch'> {
  if (source.kind !== 'git') return { commit: '', branch: '' }
  return { commit: asked ?? source.commit ?? '', branch: source.ref ?? '' }
}

const titles = { PROPOSED: 'Proposed run', TRACKED: 'Tracked run', TASK: 'Task', DESTROY: 'Destroy resources' }

function firstLine(command: string): string {
  const line = command.trim().split('\n', 1)[0] ?? ''
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}
