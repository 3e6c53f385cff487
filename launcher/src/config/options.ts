import { duration } from './duration.ts'
import { engineOptions } from './engine-options.ts'
import { directory, file, flag, hosts, image, kubernetesName, port, pullPolicy, secret, tag } from './formats.ts'
import { logOptions } from './log-options.ts'
import { machineOptions } from './machine-options.ts'
import { networkOptions } from './network-options.ts'
import { defaulted, either, family, optional, type Option, type ValueOf } from './option.ts'
import { policyOptions } from './policy-options.ts'
import { toolOptions } from './tool-options.ts'
import { vcsOptions } from './vcs-options.ts'
import { workerOptions } from './worker-options.ts'

/**
 * Every setting of the launcher, once: the reading, `--help`, the README's table and the chart's test all come from here.
 * Names and defaults are those of Spacelift's launcher where it has them.
 */
export const options = {
  token: either({
    env: 'SPACELIFT_TOKEN',
    or: 'SPACELIFT_TOKEN_FILE',
    group: 'Pool',
    format: secret,
    doc: 'Token of the worker pool, as it was given when the pool was made.',
  }),
  tokenFile: either({
    env: 'SPACELIFT_TOKEN_FILE',
    or: 'SPACELIFT_TOKEN',
    group: 'Pool',
    format: file,
    doc: 'A file with the token; when it changes it is read again, and taken once no job is in hand.',
  }),
  privateKey: either({
    env: 'SPACELIFT_POOL_PRIVATE_KEY',
    or: 'SPACELIFT_POOL_PRIVATE_KEY_FILE',
    group: 'Pool',
    format: secret,
    doc: 'Private key of the worker pool: the whole PEM file, base64 on one line.',
  }),
  privateKeyFile: either({
    env: 'SPACELIFT_POOL_PRIVATE_KEY_FILE',
    or: 'SPACELIFT_POOL_PRIVATE_KEY',
    group: 'Pool',
    format: file,
    doc: 'A file with the private key, as PEM or base64 of it; when it changes it is read again, like the token.',
  }),
  runTimeoutMs: defaulted({
    env: 'SPACELIFT_LAUNCHER_RUN_TIMEOUT',
    group: 'Jobs',
    format: duration,
    fallback: '70m',
    doc: 'How long a job may take before it is ended.',
  }),
  logsTimeoutMs: defaulted({
    env: 'SPACELIFT_LAUNCHER_LOGS_TIMEOUT',
    group: 'Jobs',
    format: duration,
    fallback: '7m',
    doc: 'How long a job may be silent before it is ended.',
  }),
  logsOnStandardOutput: defaulted({
    env: 'SPACELIFT_RUN_LOGS_ON_STANDARD_OUTPUT_ENABLED',
    group: 'Jobs',
    format: flag,
    fallback: 'false',
    doc: "Whether runs' logs go to standard output as well, as JSON lines with run_ulid, stack_id, ts and msg.",
  }),
  debug: defaulted({
    env: 'SPACELIFT_DEBUG',
    group: 'Jobs',
    format: flag,
    fallback: 'false',
    doc: "Whether a run's log shows each command before it runs, masked, and each minute that a silent phase goes on.",
  }),
  ...engineOptions,
  defaultImage: defaulted({
    env: 'SPACELIFT_DEFAULT_RUNNER_IMAGE',
    group: 'Jobs',
    format: image,
    fallback: 'public.ecr.aws/spacelift/runner-terraform:latest',
    doc: 'Image of a job whose stack names none.',
  }),
  defaultAnsibleImage: defaulted({
    env: 'SPACELIFT_DEFAULT_ANSIBLE_RUNNER_IMAGE',
    group: 'Jobs',
    format: image,
    fallback: 'public.ecr.aws/spacelift/runner-ansible:latest',
    doc: 'Image of a job of Ansible whose stack names none.',
  }),
  allowedImageHosts: optional({
    env: 'SPACELIFT_LAUNCHER_ALLOWED_IMAGE_HOSTS',
    group: 'Jobs',
    format: hosts,
    unset: 'any',
    doc: 'Registries that the images of jobs may be from; a job whose image is not fails before anything is pulled.',
  }),
  pullPolicy: defaulted({
    env: 'SPACELIFT_LAUNCHER_PULL_POLICY',
    group: 'Jobs',
    format: pullPolicy,
    fallback: 'always',
    doc: "When a job's image is asked for; always makes do with a copy if the registry refuses or is gone.",
  }),
  dockerConfig: optional({
    env: 'SPACELIFT_DOCKER_CONFIG_DIR',
    group: 'Jobs',
    format: directory,
    unset: 'no credentials, but for Amazon ECR',
    doc: "A directory with Docker's config.json: credentials for registries, read again for every pull.",
  }),
  ...workerOptions,
  directory: defaulted({
    env: 'SPACELIFT_LAUNCHER_DIRECTORY',
    group: 'Launcher',
    format: directory,
    fallback: '/opt/spacelift',
    doc: "The launcher's own directory, under the same path where the engine runs; one launcher a directory.",
  }),
  healthPort: defaulted({
    env: 'SPACELIFT_LAUNCHER_HEALTH_PORT',
    group: 'Launcher',
    format: port,
    fallback: '1986',
    doc: 'Port of /livez, /readyz and /metrics.',
  }),
  ...toolOptions,
  ...logOptions,
  metadata: family({
    env: 'SPACELIFT_METADATA_',
    group: 'Launcher',
    format: tag,
    doc: 'Shown with the worker under the rest of the name, such as SPACELIFT_METADATA_instance_id.',
  }),
  interruptGraceMs: defaulted({
    env: 'SPACELIFT_LAUNCHER_INTERRUPT_GRACE',
    group: 'Stopping',
    format: duration,
    fallback: '30s',
    doc: 'How long a job that is ended may take after SIGINT, so that its tool can save its state, before SIGTERM.',
  }),
  terminateGraceMs: defaulted({
    env: 'SPACELIFT_LAUNCHER_TERMINATE_GRACE',
    group: 'Stopping',
    format: duration,
    fallback: '10s',
    doc: 'How long it may take after SIGTERM, before SIGKILL.',
  }),
  drainTimeoutMs: optional({
    env: 'SPACELIFT_LAUNCHER_DRAIN_TIMEOUT',
    group: 'Stopping',
    format: duration,
    unset: 'no deadline',
    doc: 'How long the launcher may take in all after the first signal; the job in hand is interrupted early enough before.',
  }),
  podName: optional({
    env: 'SPACELIFT_LAUNCHER_POD_NAME',
    group: 'Kubernetes',
    format: kubernetesName,
    unset: 'no marks',
    doc: "Name of the launcher's own pod, which it marks while it has a job in hand; needs get and patch on that pod.",
  }),
  podNamespace: optional({
    env: 'SPACELIFT_LAUNCHER_POD_NAMESPACE',
    group: 'Kubernetes',
    format: kubernetesName,
    unset: 'no marks',
    doc: 'Namespace of that pod.',
  }),
  ...machineOptions,
  ...policyOptions,
  ...networkOptions,
  ...vcsOptions,
} as const satisfies Readonly<Record<string, Option<unknown>>>

type Options = typeof options

/** The values of all settings, typed. */
export type Config = { readonly [Name in keyof Options]: ValueOf<Options[Name]> }
