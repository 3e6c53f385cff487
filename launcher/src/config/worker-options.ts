import { count, dockerName, flag } from './formats.ts'
import { mountOptions } from './mounts.ts'
import { names } from './names.ts'
import { defaulted, optional } from './option.ts'
import { cpus, memory } from './quantity.ts'

/** The settings of the containers that jobs run in. */
export const workerOptions = {
  network: defaulted({
    env: 'SPACELIFT_WORKER_NETWORK',
    group: 'Containers of jobs',
    format: dockerName,
    fallback: 'bridge',
    doc: 'Docker network of the containers of jobs.',
  }),
  runtime: optional({
    env: 'SPACELIFT_WORKER_RUNTIME',
    group: 'Containers of jobs',
    format: dockerName,
    unset: "the engine's default",
    doc: 'Docker runtime of the containers of jobs, such as runsc.',
  }),
  memoryBytes: optional({
    env: 'SPACELIFT_WORKER_MEMORY',
    group: 'Containers of jobs',
    format: memory,
    unset: 'no limit',
    doc: 'Memory that the container of a job may use.',
  }),
  cpus: optional({
    env: 'SPACELIFT_WORKER_CPUS',
    group: 'Containers of jobs',
    format: cpus,
    unset: 'no limit',
    doc: 'Processors that the container of a job may use.',
  }),
  pids: defaulted({
    env: 'SPACELIFT_WORKER_PIDS',
    group: 'Containers of jobs',
    format: count,
    fallback: '4096',
    doc: 'Processes that the container of a job may have at once.',
  }),
  passedEnvs: optional({
    env: 'SPACELIFT_WHITELIST_ENVS',
    group: 'Containers of jobs',
    format: names,
    unset: 'none',
    doc: "Variables of the launcher that jobs are given, below the stack's own; ro_X and wo_X to those that plan, or change.",
  }),
  maskedEnvs: optional({
    env: 'SPACELIFT_MASK_ENVS',
    group: 'Containers of jobs',
    format: names,
    unset: 'none',
    doc: "Variables of the launcher whose values never show in a run's log.",
  }),
  sensitiveOutputs: defaulted({
    env: 'SPACELIFT_SENSITIVE_OUTPUT_UPLOAD_ENABLED',
    group: 'Containers of jobs',
    format: flag,
    fallback: 'false',
    doc: 'Whether sensitive outputs of stacks are uploaded and kept, sealed, if the stack allows it, too.',
  }),
  ...mountOptions,
} as const
