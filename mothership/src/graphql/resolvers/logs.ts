import type { RunAdministration } from '../services.ts'

export interface LogArguments {
  readonly state: string
  readonly token?: string | null
  readonly stateVersion?: number | null
}

/** Answered for a state that the run never had. A token all the same: spacectl begins at the front again without one. */
const nothing = { exists: false, finished: true, hasMore: false, messages: [], nextToken: '0' }

/**
 * A piece of a state's log, cut into lines. Clients print each message as it is, so it keeps its newline; the last one has none if
 * its line is not complete yet.
 */
export async function logsOf(run: string, { state, token, stateVersion }: LogArguments, runs: RunAdministration) {
  const version = stateVersion ?? (await newestVersion(run, state, runs))
  if (version === undefined) return nothing
  const log = await runs.log(run, { state, version }, token ?? null)
  const messages = (log.text.match(/[^\n]*\n|[^\n]+/g) ?? []).map((message) => ({ message }))
  return { exists: log.exists, finished: log.finished, hasMore: log.hasMore, messages, nextToken: log.nextToken }
}

async function newestVersion(run: string, state: string, runs: RunAdministration): Promise<number | undefined> {
  return (await runs.history(run)).find((transition) => transition.state === state)?.stateVersion
}
