import type { AnsweredCall } from '../rig/answered-calls.ts'
import type { ContainerEvent } from '../rig/container-events.ts'
import { median } from '../statistics.ts'

/** Something that happened in a run, and how long it took if that is known. Milliseconds after the run's message. */
export interface Step {
  readonly name: string
  readonly atMs: number
  readonly tookMs: number | null
}

/**
 * What was heard of one run, in the order of time: the launcher's calls and the daemon's events. Steps of one name are numbered, so that
 * they can be compared between runs.
 */
export function stepsOf(
  beganMs: number,
  { calls, events }: { readonly calls: readonly AnsweredCall[]; readonly events: readonly ContainerEvent[] },
): Step[] {
  const steps = [
    ...calls.map(({ call, begunMs, answeredMs }) => ({
      name: nameOf(call),
      atMs: begunMs - beganMs,
      tookMs: answeredMs - begunMs,
    })),
    ...events.map(({ action, atMs }) => ({ name: `container: ${action}`, atMs: atMs - beganMs, tookMs: null })),
  ].toSorted((a, b) => a.atMs - b.atMs)
  const times = new Map<string, number>()
  return steps.map((step) => {
    const time = (times.get(step.name) ?? 0) + 1
    times.set(step.name, time)
    return time === 1 ? step : { ...step, name: `${step.name} (${time})` }
  })
}

/** `PUT /v1/jobs/01J…/log` as `call: PUT log`. */
function nameOf(call: string): string {
  const [method = '', path = ''] = call.split(' ')
  const last = path.split('/').at(-1) ?? ''
  return `call: ${method} ${/^[0-9A-Z]{26}$/.test(last) ? 'the job' : last}`
}

/** The median of each step that most runs have, in the order of time. */
export function medianSteps(runs: readonly (readonly Step[])[]): Step[] {
  const names = new Set(runs.flatMap((steps) => steps.map(({ name }) => name)))
  const all = [...names].map((name) => runs.flatMap((steps) => steps.filter((step) => step.name === name)))
  return all
    .filter((same) => same.length * 2 > runs.length)
    .map((same) => {
      const took = same.flatMap(({ tookMs }) => (tookMs === null ? [] : [tookMs]))
      const tookMs = took.length > 0 ? median(took) : null
      return { name: same[0]?.name ?? '', atMs: median(same.map(({ atMs }) => atMs)), tookMs }
    })
    .toSorted((a, b) => a.atMs - b.atMs)
}
