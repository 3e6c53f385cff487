/** What is measured. */
export type MeasureId =
  | 'start'
  | 'whole'
  | 'throughput'
  | 'masking'
  | 'masking-100'
  | 'masking-well-known'
  | 'ready'
  | 'ready-bundled'
  | 'memory'
  | 'memory-bundled'

/** What a measure is to reach. `bound` says on which side of `ratio` (ours : floor) the good values lie. */
export interface Target {
  readonly ratio: number
  readonly bound: 'at most' | 'at least'
  /** What else is wanted, or how others do, for the reader. */
  readonly note: string
}

/** A measure: what it is called, what stands beside it, and what it is to reach. */
export interface Measure {
  readonly title: string
  readonly floor: string
  readonly unit: 'ms' | 'MiB/s' | 'MiB'
  readonly target: Target
}

const start = { unit: 'ms', floor: 'create, attach, start by the raw API' } as const
const masking = { unit: 'MiB/s', floor: 'Buffer.indexOf for each secret as it is, over the same bytes' } as const
const ready = { unit: 'ms', floor: 'empty Node process that opens one TLS connection' } as const
const memory = { unit: 'MiB', floor: 'empty Node process' } as const
const readyTarget = { ratio: 2, bound: 'at most', note: '' } as const
const memoryTarget = { ratio: 1.5, bound: 'at most', note: 'below the 72 MiB of GitLab Runner, too' } as const

/**
 * Every row of the report, with the project's targets. They are ratios to a floor that the same machine reaches in the same
 * minutes; nothing fails for missing one.
 */
export const measures: Readonly<Record<MeasureId, Measure>> = {
  start: {
    title: 'message published -> container started',
    ...start,
    target: { ratio: 1.1, bound: 'at most', note: 'Buildkite 1.09, GitLab Runner 8.0' },
  },
  whole: {
    title: 'whole no-op run: message -> final status acknowledged',
    unit: 'ms',
    floor: 'create .. removed by the raw API, as `docker run --rm` does',
    target: { ratio: 1.05, bound: 'at most', note: 'Buildkite 1.07, Woodpecker 1.9, act 4.0, GitLab Runner 5.7' },
  },
  throughput: {
    title: 'log throughput to the mothership, 10 secrets masked, digest compared',
    unit: 'MiB/s',
    floor: 'draining `attach` to nowhere',
    target: { ratio: 0.9, bound: 'at least', note: 'GitLab Runner 0.78, Buildkite 0.67, act 0.25, Woodpecker 0.18' },
  },
  masking: {
    title: 'masking 10 secrets in all their forms, one core',
    ...masking,
    target: { ratio: 0.5, bound: 'at least', note: '400 MB/s wanted; Buildkite 415, GitLab Runner 110' },
  },
  'masking-100': {
    title: 'masking 100 secrets in all their forms, one core',
    ...masking,
    target: {
      ratio: 1,
      bound: 'at least',
      note: 'half of what 10 secrets give wanted; Buildkite 180, GitLab Runner 90',
    },
  },
  'masking-well-known': {
    title: 'masking 10 secrets and all that has a well-known form, one core',
    ...masking,
    target: { ratio: 0.25, bound: 'at least', note: '' },
  },
  ready: { title: 'launcher, process start -> ready (from source)', ...ready, target: readyTarget },
  'ready-bundled': { title: 'launcher, process start -> ready (bundled)', ...ready, target: readyTarget },
  memory: { title: 'memory of the idle launcher (from source)', ...memory, target: memoryTarget },
  'memory-bundled': { title: 'memory of the idle launcher (bundled)', ...memory, target: memoryTarget },
}
