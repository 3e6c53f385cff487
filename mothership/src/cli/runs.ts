import { CommandFailure, exitCodes } from './failure.ts'
import { metadataHeaders } from './metadata.ts'
import type { Session } from './session.ts'
import { runFields, runOf, type Run, type RunAnswer } from './shapes.ts'

/** A run and the stack that it belongs to. */
export interface RunRef {
  readonly id: string
  readonly stack: string
}

/** Finds the stack of a run: its id is enough for people, the API wants both. */
export async function findRun({ api }: Session, id: string | undefined): Promise<RunRef> {
  const run = id ?? ''
  const { runStack } = await askedOf(run, () =>
    api.ask<{ runStack: { id: string } }>('query($run: ID!) { runStack(runId: $run) { id } }', { run }),
  )
  return { id: run, stack: runStack.id }
}

/** The API's words for an unknown run are made for another program. */
async function askedOf<T>(run: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.exitCode !== exitCodes.notFound) throw error
    throw new CommandFailure(exitCodes.notFound, `There is no run ${run}.`, { cause: error })
  }
}

/** What is asked of a run: a field of Mutation, and a note or metadata where it takes them. */
export interface RunChange {
  readonly field: string
  readonly note?: string | undefined
  readonly metadata?: readonly string[] | undefined
}

/** Asks a mutation of a run, and answers the run that it answers. */
export async function changeRun(session: Session, { id, stack }: RunRef, change: RunChange): Promise<Run> {
  const { field, note, metadata } = change
  const [declared, given] = note === undefined ? ['', ''] : [', $note: String', ', note: $note']
  const { run } = await session.api.ask<{ run: RunAnswer }>(
    `mutation($stack: ID!, $run: ID!${declared}) { run: ${field}(stack: $stack, run: $run${given}) { ${runFields} } }`,
    { stack, run: id, note },
    metadataHeaders(metadata),
  )
  return runOf(run)
}

/** A run as it is now. */
export async function readRun({ api }: Session, { id, stack }: RunRef): Promise<Run> {
  const { stack: found } = await api.ask<{ stack: { run: RunAnswer | null } | null }>(
    `query($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { ${runFields} } } }`,
    { stack, run: id },
  )
  if (!found?.run) throw new CommandFailure(exitCodes.notFound, `There is no run ${id}.`)
  return runOf(found.run)
}
