import type { Phase, RunType } from '../../../protocol/job.ts'

/*
 *   QUEUED -> READY -> PREPARING -> INITIALIZING -+-> PLANNING -+-> UNCONFIRMED -> CONFIRMED -> PREPARING_APPLY -> APPLYING -> FINISHED
 *                ^---------'            |         |             +-> APPLYING -> FINISHED             ^-------'
 *        (never started: another worker)|         |             +-> FINISHED
 *                                       |         +-> PERFORMING | DESTROYING -> FINISHED
 *
 * From every state with a worker also to FAILED and STOPPED; from QUEUED and READY to CANCELED; from UNCONFIRMED to DISCARDED.
 */

/** What a state means to a watcher: nobody's turn yet, a worker's turn, with a worker, a person's turn, or ended. */
export type Standing = 'queued' | 'waiting' | 'working' | 'paused' | 'over'

const standings = {
  /** Waits for its stack: another run holds it. */
  QUEUED: 'queued',
  /** Goes to the next free worker. */
  READY: 'waiting',
  /** With a worker, which gets everything ready for the container. */
  PREPARING: 'working',
  INITIALIZING: 'working',
  PLANNING: 'working',
  /** Planned; waits for a person, and holds the stack. */
  UNCONFIRMED: 'paused',
  /** Goes to the next free worker, to be applied. */
  CONFIRMED: 'waiting',
  PREPARING_APPLY: 'working',
  APPLYING: 'working',
  PERFORMING: 'working',
  DESTROYING: 'working',
  FINISHED: 'over',
  FAILED: 'over',
  CANCELED: 'over',
  DISCARDED: 'over',
  STOPPED: 'over',
} as const satisfies Record<string, Standing>

/** A state of a run, by the public name. */
export type RunState = keyof typeof standings

/** Every state. */
export const runStates = Object.keys(standings) as readonly RunState[]

/** What a state means to a watcher. */
export function standingOf(state: RunState): Standing {
  return standings[state]
}

/** Whether a run in this state will never change again. */
export function isTerminal(state: RunState): boolean {
  return standings[state] === 'over'
}

/** The states in which a worker has the run. */
export const working = runStates.filter((state) => standings[state] === 'working')

/** The states in which a stop is passed on to the worker. Later ones change things, and are not interrupted but by a kill. */
export const stoppable: readonly RunState[] = ['PREPARING', 'INITIALIZING', 'PLANNING']

/**
 * What can happen to a run. A phase is named as the state that it leads to.
 * - `freed`: the stack is free. `assigned`: a worker has it. `returned`: that worker never started it and is gone.
 * - `paused`, `succeeded`, `failed`, `stopped`: the outcome of its job.
 * - `confirm`, `discard`, `cancel`, `kill`: a person's, of a run that no worker has.
 */
export type RunEvent =
  | Phase
  | ('freed' | 'assigned' | 'returned')
  | ('paused' | 'succeeded' | 'failed' | 'stopped')
  | ('confirm' | 'discard' | 'cancel' | 'kill')

/** One line of the table. Without `types`: a run of any type. */
export interface Move {
  readonly from: readonly RunState[]
  readonly event: RunEvent
  readonly to: RunState
  readonly types?: readonly RunType[]
}

/** Every change of state that there is. What is not here does not happen. */
export const moves: readonly Move[] = [
  { from: ['QUEUED'], event: 'freed', to: 'READY' },
  { from: ['READY'], event: 'assigned', to: 'PREPARING' },
  { from: ['PREPARING'], event: 'returned', to: 'READY' },
  { from: ['PREPARING'], event: 'INITIALIZING', to: 'INITIALIZING' },

  { from: ['INITIALIZING'], event: 'PLANNING', to: 'PLANNING', types: ['PROPOSED', 'TRACKED'] },
  { from: ['PLANNING'], event: 'succeeded', to: 'FINISHED', types: ['PROPOSED', 'TRACKED'] },
  { from: ['PLANNING'], event: 'APPLYING', to: 'APPLYING', types: ['TRACKED'] },
  { from: ['PLANNING'], event: 'paused', to: 'UNCONFIRMED', types: ['TRACKED'] },
  { from: ['UNCONFIRMED'], event: 'confirm', to: 'CONFIRMED', types: ['TRACKED'] },
  { from: ['UNCONFIRMED'], event: 'discard', to: 'DISCARDED', types: ['TRACKED'] },
  { from: ['CONFIRMED'], event: 'assigned', to: 'PREPARING_APPLY', types: ['TRACKED'] },
  { from: ['CONFIRMED'], event: 'kill', to: 'STOPPED', types: ['TRACKED'] },
  { from: ['PREPARING_APPLY'], event: 'returned', to: 'CONFIRMED', types: ['TRACKED'] },
  { from: ['PREPARING_APPLY'], event: 'APPLYING', to: 'APPLYING', types: ['TRACKED'] },
  { from: ['APPLYING'], event: 'succeeded', to: 'FINISHED', types: ['TRACKED'] },

  { from: ['PREPARING', 'INITIALIZING'], event: 'PERFORMING', to: 'PERFORMING', types: ['TASK'] },
  { from: ['PERFORMING'], event: 'succeeded', to: 'FINISHED', types: ['TASK'] },
  { from: ['INITIALIZING'], event: 'DESTROYING', to: 'DESTROYING', types: ['DESTROY'] },
  { from: ['DESTROYING'], event: 'succeeded', to: 'FINISHED', types: ['DESTROY'] },

  { from: working, event: 'failed', to: 'FAILED' },
  { from: working, event: 'stopped', to: 'STOPPED' },
  { from: ['QUEUED', 'READY'], event: 'cancel', to: 'CANCELED' },
]

/** The state that an event leads to, or null if it cannot happen in this one. */
export function next(type: RunType, state: RunState, event: RunEvent): RunState | null {
  const move = moves.find(
    (candidate) =>
      candidate.event === event && candidate.from.includes(state) && (candidate.types?.includes(type) ?? true),
  )
  return move?.to ?? null
}

/** The states in which an event can happen to a run of this type: what a refusal names as expected. */
export function statesOpenTo(type: RunType, event: RunEvent): readonly RunState[] {
  return runStates.filter((state) => next(type, state, event) !== null)
}
