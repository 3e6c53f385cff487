import { CommandFailure, exitCodes } from './failure.ts'
import type { RunRef } from './runs.ts'
import type { Session } from './session.ts'
import { transitionFields, type Transition } from './shapes.ts'

/** A piece of a state's log. */
export interface LogPage {
  readonly text: string
  readonly token: string | null
  /** Nothing can follow any more. */
  readonly finished: boolean
  readonly hasMore: boolean
}

interface Logs {
  readonly finished: boolean
  readonly hasMore: boolean
  readonly messages: readonly { readonly message: string }[]
  readonly nextToken: string | null
}

/** What a run has been through, oldest first. */
export async function readHistory({ api }: Session, { id, stack }: RunRef): Promise<readonly Transition[]> {
  const answer = await api.ask<{ stack: { run: { history: readonly Transition[] } | null } | null }>(
    `query($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { history { ${transitionFields} } } } }`,
    { stack, run: id },
  )
  const history = answer.stack?.run?.history
  if (!history) throw new CommandFailure(exitCodes.notFound, `Run ${id} is gone.`)
  return history.toReversed()
}

/** The next piece of the log of one of its states; `token` null for the first. */
export async function readLogPage(
  { api }: Session,
  { id, stack }: RunRef,
  { state, stateVersion, token }: Pick<Transition, 'state' | 'stateVersion'> & { readonly token: string | null },
): Promise<LogPage> {
  const answer = await api.ask<{ stack: { run: { logs: Logs | null } | null } | null }>(
    `query($stack: ID!, $run: ID!, $state: RunState!, $stateVersion: Int, $token: String) {
      stack(id: $stack) { run(id: $run) { logs(state: $state, stateVersion: $stateVersion, token: $token) {
        finished hasMore nextToken messages { message } } } } }`,
    { stack, run: id, state, stateVersion, token },
  )
  const logs = answer.stack?.run?.logs
  if (!logs) return { text: '', token, finished: true, hasMore: false }
  const text = logs.messages.map(({ message }) => message).join('')
  return { text, token: logs.nextToken, finished: logs.finished, hasMore: logs.hasMore }
}
