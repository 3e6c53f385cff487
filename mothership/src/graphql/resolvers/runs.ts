import type { RunType } from '../../../../protocol/job.ts'
import { Refusal } from '../../base/errors.ts'
import type { Known, RootFields, Rooms } from '../asked.ts'
import { seconds } from '../seconds.ts'
import type { RunView, TransitionView } from '../services.ts'
import { logsOf, type LogArguments } from './logs.ts'
import { resultsOfRun } from './results.ts'

/** Runs on a page when the client does not say how many. */
export const runsPerPage = 50
const largestPage = 100

/** A run as the schema has it. */
export function runObject(run: RunView, rooms: Rooms) {
  return {
    ...neutral,
    ...resultsOfRun(run.id, rooms.results),
    id: run.id,
    stackId: run.stack,
    title: run.title,
    type: run.type,
    state: run.state,
    finished: run.finished,
    note: run.note,
    branch: run.commit.branch || null,
    canRetry: run.finished,
    commit: commitObject(run.commit),
    command: run.command,
    createdAt: seconds(run.createdAt),
    updatedAt: seconds(run.updatedAt),
    prioritized: run.prioritized,
    triggeredBy: run.triggeredBy,
    isMostRecent: async () =>
      (await rooms.runs.list({ stack: run.stack, types: [run.type], limit: 1 }))[0]?.id === run.id,
    history: async () => (await rooms.runs.history(run.id)).map(transitionObject),
    logs: (piece: LogArguments) => logsOf(run.id, piece, rooms.runs),
    stack: async () => {
      const stack = await rooms.stacks.get(run.stack)
      return stack && rooms.show.stack(stack)
    },
  }
}

/** Fields of features that are not here: comments, drift detection, approval. */
const neutral = { comments: [], driftDetection: false, expired: false, needsApproval: false }

function commitObject({ hash, message, author }: RunView['commit']) {
  return { hash, message, authorName: author, authorLogin: null, timestamp: 0, url: null }
}

function transitionObject(transition: TransitionView) {
  return {
    state: transition.state,
    stateVersion: transition.stateVersion,
    timestamp: seconds(transition.at),
    username: transition.by,
    note: transition.note,
    terminal: transition.terminal,
    hasLogs: transition.hasLogs,
    worker: transition.worker,
  }
}

interface Trigger {
  readonly stack: string
  readonly commitSha?: string | null
  readonly runType?: RunType | null
  readonly runtimeConfig?: unknown
  readonly forceApply?: string | null
}

interface Chosen {
  readonly stack: string
  readonly run: string
  readonly note?: string | null
}

type Decision = 'discard' | 'cancel' | 'retry'
type Ending = 'stop' | 'kill'

const decide =
  (decision: Decision) =>
  async (chosen: Chosen, { rooms, person }: Known) =>
    rooms.show.run(await rooms.runs[decision](chosen.stack, chosen.run, person))

const end =
  (ending: Ending) =>
  async (chosen: Chosen, { rooms, person }: Known) =>
    rooms.show.run(await rooms.runs[ending](chosen.stack, chosen.run, { ...person, note: chosen.note ?? undefined }))

interface RunFilter {
  readonly stack?: string | null
  readonly types?: readonly RunType[] | null
  readonly before?: string | null
  readonly first?: number | null
}

/** Lists and changes of runs. */
export const runFields = {
  async runs({ stack, types, before, first }: RunFilter, { rooms }: Known) {
    const limit = Math.min(Math.max(first ?? runsPerPage, 1), largestPage)
    const found = await rooms.runs.list({
      stack: stack ?? undefined,
      types: types ?? undefined,
      before: before ?? undefined,
      limit,
    })
    return found.map((run) => rooms.show.run(run))
  },
  async runTrigger(trigger: Trigger, { rooms, person, runMetadata }: Known) {
    refuseUnanswerable(trigger)
    const { stack, runType, commitSha } = trigger
    const run = { stack, type: runType ?? 'TRACKED', commit: commitSha ?? undefined, metadata: runMetadata }
    return rooms.show.run(await rooms.runs.trigger(run, person))
  },
  async taskCreate(
    task: { stack: string; command: string; skipInitialization?: boolean | null },
    { rooms, person, runMetadata }: Known,
  ) {
    const skipInitialization = task.skipInitialization ?? false
    const run = {
      stack: task.stack,
      type: 'TASK',
      command: task.command,
      skipInitialization,
      metadata: runMetadata,
    } as const
    return rooms.show.run(await rooms.runs.trigger(run, person))
  },
  async runConfirm({ stack, run }: Chosen, { rooms, person, runMetadata }: Known) {
    return rooms.show.run(await rooms.runs.confirm(stack, run, { ...person, metadata: runMetadata }))
  },
  runDiscard: decide('discard'),
  runCancel: decide('cancel'),
  runRetry: decide('retry'),
  runStop: end('stop'),
  runKill: end('kill'),
  async runPrioritizeSet({ stack, run, prioritize }: Chosen & { prioritize: boolean }, { rooms }: Known) {
    return rooms.show.run(await rooms.runs.prioritize(stack, run, prioritize))
  },
} as const satisfies RootFields<Known>

/** Both are arguments of what clients always send. To ignore one that is set would run something else than was asked for. */
function refuseUnanswerable({ runtimeConfig, forceApply, runType }: Trigger): void {
  if (runtimeConfig) throw new Refusal('bad-request', 'runtimeConfig is not supported: change the stack and apply it')
  if (forceApply) throw new Refusal('bad-request', `forceApply ${forceApply} is not supported`)
  if (runType === 'TASK') throw new Refusal('bad-request', 'runType TASK needs a command: use taskCreate')
}
