import { setTimeout as sleep } from 'node:timers/promises'
import type { People } from '../support/people.ts'

interface Logs {
  readonly finished: boolean
  readonly hasMore: boolean
  readonly nextToken: string | null
  readonly messages: readonly { readonly message: string }[]
}

interface Stay {
  readonly state: string
  readonly stateVersion: number
  readonly hasLogs: boolean
}

const lookAgainMs = 100
const waitMs = 60_000

/** Creates or replaces a stack without a source; answers its id. `yaml` has no key `source`. */
export async function applyStack(people: People, yaml: string): Promise<string> {
  const query = 'mutation($yaml: String!) { stackApply(yaml: $yaml) { id } }'
  const { stackApply } = await people.ask<{ stackApply: { id: string } }>(query, { yaml: `${yaml}\nsource: none\n` })
  return stackApply.id
}

/** Triggers a run of a stack; answers its id. */
export async function startRun(people: People, stack: string, type = 'TRACKED'): Promise<string> {
  const query = 'mutation($stack: ID!, $type: RunType!) { runTrigger(stack: $stack, runType: $type) { id } }'
  const { runTrigger } = await people.ask<{ runTrigger: { id: string } }>(query, { stack, type })
  return runTrigger.id
}

/** Runs a command in a stack, without initializing it; answers the run's id. */
export async function startTask(people: People, stack: string, command: string): Promise<string> {
  const query =
    'mutation($stack: ID!, $command: String!) { taskCreate(stack: $stack, command: $command, skipInitialization: true) { id } }'
  const { taskCreate } = await people.ask<{ taskCreate: { id: string } }>(query, { stack, command })
  return taskCreate.id
}

/** The log of one state of a run, piece by piece, as far as it is there. */
export async function* piecesOf(
  people: People,
  run: string,
  { state, stateVersion }: Pick<Stay, 'state' | 'stateVersion'>,
): AsyncGenerator<string> {
  const query = `query($run: ID!, $state: RunState!, $stateVersion: Int, $token: String) { runStack(runId: $run) { run(id: $run) {
    logs(state: $state, stateVersion: $stateVersion, token: $token) { finished hasMore nextToken messages { message } } } } }`
  type Answer = { runStack: { run: { logs: Logs } } }
  let logs: Pick<Logs, 'nextToken' | 'hasMore'> = { nextToken: null, hasMore: true }
  while (logs.hasMore) {
    const answer: Answer = await people.ask(query, { run, state, stateVersion, token: logs.nextToken })
    logs = answer.runStack.run.logs
    yield answer.runStack.run.logs.messages.map(({ message }) => message).join('')
  }
}

/** What a run wrote so far, in all its states, or in one. */
export async function logOf(people: People, run: string, only?: string): Promise<string> {
  const query =
    'query($run: ID!) { runStack(runId: $run) { run(id: $run) { history { state stateVersion hasLogs } } } }'
  const answer = await people.ask<{ runStack: { run: { history: readonly Stay[] } } }>(query, { run })
  const pieces: string[] = []
  for (const stay of answer.runStack.run.history.toReversed()) {
    if (!stay.hasLogs || (only !== undefined && stay.state !== only)) continue
    for await (const piece of piecesOf(people, run, stay)) pieces.push(piece)
  }
  return pieces.join('')
}

/** Waits until a run wrote a text; answers its log. */
export async function says(people: People, run: string, text: string): Promise<string> {
  const until = performance.now() + waitMs
  for (;;) {
    const log = await logOf(people, run)
    if (log.includes(text)) return log
    if (performance.now() > until) throw new Error(`run ${run} did not say ${text}: ${log.slice(-4000)}`)
    await sleep(lookAgainMs)
  }
}
