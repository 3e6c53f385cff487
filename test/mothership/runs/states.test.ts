import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { phases, type RunType, runTypes } from '../../../protocol/job.ts'
import { nextStretch } from '../../../mothership/src/runs/phases.ts'
import {
  isTerminal,
  moves,
  next,
  type RunEvent,
  type RunState,
  runStates,
  standingOf,
  statesOpenTo,
  working,
} from '../../../mothership/src/runs/states.ts'

/* The courses that the public documentation describes, written out; the table is held to them and to nothing else. */
const courses: Record<RunType, readonly string[]> = {
  PROPOSED: ['QUEUED READY PREPARING INITIALIZING PLANNING FINISHED'],
  TRACKED: [
    'QUEUED READY PREPARING INITIALIZING PLANNING FINISHED',
    'QUEUED READY PREPARING INITIALIZING PLANNING APPLYING FINISHED',
    'QUEUED READY PREPARING INITIALIZING PLANNING UNCONFIRMED CONFIRMED PREPARING_APPLY APPLYING FINISHED',
    'PREPARING_APPLY CONFIRMED STOPPED',
    'UNCONFIRMED DISCARDED',
  ],
  TASK: ['QUEUED READY PREPARING INITIALIZING PERFORMING FINISHED', 'PREPARING PERFORMING'],
  DESTROY: ['QUEUED READY PREPARING INITIALIZING DESTROYING FINISHED'],
}

const everyType = ['PREPARING READY', 'QUEUED CANCELED', 'READY CANCELED']

function stepsOf(type: RunType): Set<string> {
  const inHand = states(type).filter((state) => working.includes(state))
  const ends = inHand.flatMap((state) => [`${state} FAILED`, `${state} STOPPED`])
  return new Set([...courses[type], ...everyType, ...ends].flatMap(pairs))
}

function states(type: RunType): RunState[] {
  return [...new Set(courses[type].flatMap((course) => course.split(' ')))] as RunState[]
}

function pairs(course: string): string[] {
  const names = course.split(' ')
  return names.slice(1).map((name, index) => `${names[index]} ${name}`)
}

const events = [...new Set(moves.map((move) => move.event))]

/** What the table allows from the states that a run of this type can be in. */
function allowed(type: RunType): Set<string> {
  const reachable = new Set<RunState>(['QUEUED'])
  const found = new Set<string>()
  for (const state of reachable) {
    for (const event of events) {
      const to = next(type, state, event)
      if (to === null) continue
      found.add(`${state} ${to}`)
      reachable.add(to)
    }
  }
  return found
}

describe('the table of states', () => {
  it.each(runTypes)('lets a %s run take exactly the documented steps', (type) => {
    expect([...allowed(type)].sort()).toEqual([...stepsOf(type)].sort())
  })

  it('has one outcome for an event in a state', () => {
    for (const type of runTypes) {
      for (const state of runStates) {
        for (const event of events) {
          const matching = moves.filter(
            (move) => move.event === event && move.from.includes(state) && (move.types?.includes(type) ?? true),
          )
          expect(matching.length, `${type} ${state} ${event}`).toBeLessThanOrEqual(1)
        }
      }
    }
  })

  it('never leaves a terminal state', () => {
    for (const state of runStates.filter(isTerminal)) {
      for (const type of runTypes) expect(events.filter((event) => next(type, state, event) !== null)).toEqual([])
    }
  })

  it('has a way to an end from every state that a run can be in', () => {
    for (const type of runTypes) {
      const steps = [...allowed(type)].map((step) => step.split(' ') as [RunState, RunState])
      const ending = new Set<RunState>(runStates.filter(isTerminal))
      for (let round = 0; round < runStates.length; round++) {
        for (const [from, to] of steps) if (ending.has(to)) ending.add(from)
      }
      expect(steps.filter(([from]) => !ending.has(from))).toEqual([])
    }
  })

  it('lets a job that was lost go back only from where nothing was started', () => {
    expect(statesOpenTo('TRACKED', 'returned')).toEqual(['PREPARING', 'PREPARING_APPLY'])
    expect(statesOpenTo('PROPOSED', 'returned')).toEqual(['PREPARING'])
  })

  it('reaches APPLYING only by autodeploy or after a confirmation', () => {
    const into = moves.filter((move) => move.to === 'APPLYING').flatMap((move) => move.from)
    expect(into.sort()).toEqual(['PLANNING', 'PREPARING_APPLY'])
    expect(
      nextStretch({ type: 'TRACKED', autodeploy: false, skipInitialization: false, confirmed: false }).phases,
    ).not.toContain('APPLYING')
  })

  it('walks every stretch of phases of every run', () => {
    const flags = { autodeploy: fc.boolean(), skipInitialization: fc.boolean(), confirmed: fc.boolean() }
    const course = fc.record({ type: fc.constantFrom(...runTypes), ...flags })
    fc.assert(
      fc.property(course, ({ type, autodeploy, skipInitialization, confirmed }) => {
        const isApply = confirmed && type === 'TRACKED'
        const stretch = nextStretch({ type, autodeploy, skipInitialization, confirmed })
        let state: RunState | null = isApply ? 'PREPARING_APPLY' : 'PREPARING'
        for (const phase of stretch.phases) state = state && next(type, state, phase as RunEvent)
        expect(state).toBe(stretch.phases.at(-1))
        expect(state && next(type, state, stretch.pauses ? 'paused' : 'succeeded')).not.toBeNull()
      }),
    )
  })

  it('names a phase as the state that it leads to', () => {
    for (const move of moves.filter(({ event }) => phases.some((phase) => phase === event)))
      expect(move.to).toBe(move.event)
    expect(phases.every((phase) => standingOf(phase) === 'working')).toBe(true)
  })
})
