import { exitCodes } from './failure.ts'
import { howToDecide } from './follow.ts'
import type { Io } from './io.ts'
import type { Transition } from './shapes.ts'

/** Turns the state in which a run was left into the exit code, with a sentence unless it is FINISHED. */
export function verdictOn(io: Io, run: string, { state, note }: Pick<Transition, 'state' | 'note'>): void {
  if (state === 'FINISHED') return
  if (state === 'UNCONFIRMED') {
    io.err(`Run ${run} waits for a decision: ${howToDecide(run)}\n`)
    io.exit(exitCodes.conflict)
    return
  }
  io.err(`Run ${run} ended as ${state}${note ? `: ${note}` : ''}.\n`)
  io.exit(exitCodes.failed)
}
