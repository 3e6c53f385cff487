import { duration } from './duration.ts'
import { count, directory, dockerName, engineAddress, image, level, mirror, port, secret, tag } from './formats.ts'
import { defaulted, family, optional, required, type Option, type ValueOf } from './option.ts'
import { cpus, memory } from './quantity.ts'

/**
 * Every setting of the launcher, once: the reading, `--help`, the README's table and the chart's test all come from here.
 * Names and defaults are those of Spacelift's launcher where it has them.
 */
export const options = {
  token: required({
    env: 'SPACELIFT_TOKEN',
    format: secret,
    doc: 'Token of the worker pool, as it was given when the pool was made.',
  }),
  privateKey: required({
    env: 'SPACELIFT_POOL_PRIVATE_KEY',
    format: secret,
    doc: 'Private key of the worker pool: the whole PEM file, base64 on one line.',
  }),
  runTimeoutMs: defaulted({
    env: 'SPACELIFT_LAUNCHER_RUN_TIMEOUT',
    format: duration,
    fallback: '70m',
    doc: 'How long a job may take before it is ended.',
  }),
  logsTimeoutMs: defaulted({
    env: 'SPACELIFT_LAUNCHER_LOGS_TIMEOUT',
    format: duration,
    fallback: '7m',
    doc: 'How long a job may be silent before it is ended.',
  }),
  engineAddress: defaulted({
    env: 'DOCKER_HOST',
    format: engineAddress,
    fallback: 'unix:///var/run/docker.sock',
    doc: 'Where the Docker engine listens.',
  }),
  defaultImage: defaulted({
    env: 'SPACELIFT_DEFAULT_RUNNER_IMAGE',
    format: image,
    fallback: 'public.ecr.aws/spacelift/runner-terraform:latest',
    doc: 'Image of a job whose stack names none.',
  }),
  network: defaulted({
    env: 'SPACELIFT_WORKER_NETWORK',
    format: dockerName,
    fallback: 'bridge',
    doc: 'Docker network of the containers of jobs.',
  }),
  runtime: optional({
    env: 'SPACELIFT_WORKER_RUNTIME',
    format: dockerName,
    unset: "the engine's default",
    doc: 'Docker runtime of the containers of jobs, such as runsc.',
  }),
  memoryBytes: optional({
    env: 'SPACELIFT_WORKER_MEMORY',
    format: memory,
    unset: 'no limit',
    doc: 'Memory that the container of a job may use.',
  }),
  cpus: optional({
    env: 'SPACELIFT_WORKER_CPUS',
    format: cpus,
    unset: 'no limit',
    doc: 'Processors that the container of a job may use.',
  }),
  pids: defaulted({
    env: 'SPACELIFT_WORKER_PIDS',
    format: count,
    fallback: '4096',
    doc: 'Processes that the container of a job may have at once.',
  }),
  directory: defaulted({
    env: 'SPACELIFT_LAUNCHER_DIRECTORY',
    format: directory,
    fallback: '/opt/spacelift',
    doc: "The launcher's own directory, under the same path where the engine runs; one launcher a directory.",
  }),
  healthPort: defaulted({
    env: 'SPACELIFT_LAUNCHER_HEALTH_PORT',
    format: port,
    fallback: '1986',
    doc: 'Port of /livez, /readyz and /metrics.',
  }),
  toolMirror: optional({
    env: 'SPACELIFT_LAUNCHER_TOOL_MIRROR',
    format: mirror,
    unset: "the tools' official releases",
    doc: 'Where tools such as OpenTofu are fetched from.',
  }),
  logLevel: defaulted({
    env: 'SPACELIFT_LAUNCHER_LOG_LEVEL',
    format: level,
    fallback: 'info',
    doc: "How much the launcher logs about itself; it does not change a run's log.",
  }),
  metadata: family({
    env: 'SPACELIFT_METADATA_',
    format: tag,
    doc: 'Shown with the worker under the rest of the name, such as SPACELIFT_METADATA_instance_id.',
  }),
} as const satisfies Readonly<Record<string, Option<unknown>>>

type Options = typeof options

/** The values of all settings, typed. */
export type Config = { readonly [Name in keyof Options]: ValueOf<Options[Name]> }
