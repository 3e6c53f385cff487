import type { Secret } from '../base/secret.ts'

/*
 * The words of this folder. Names of types, files, log fields and settings are made of these; a new noun comes here.
 *
 *   run         one execution of a stack, named by a ULID
 *   job         one stretch of a run on this worker, from preparing until the run pauses or ends
 *   assignment  a job that this worker was given, before anything is known of it; with its document it is in hand
 *   phase       a step of a job that a user sees as a state: INITIALIZING, PLANNING, APPLYING, PERFORMING, DESTROYING
 *   step        what a phase is made of: a hook, or the phase's command
 *   workspace   the directory that a job owns; the container sees it as /mnt/workspace
 *   source      what is run: a directory below the workspace
 *   project     the directory of the source that the phases run in
 *   script      the shell program that runs the phases inside the container
 *   mark        what the script says to the launcher, in the container's own output, behind a random word
 *   plan        everything the engine needs to know of a container, decided before anything is touched
 *   claim       the id under which the control plane grants the start of a job's container, once
 *   stop        why a job is ended before its time; the first one counts
 *   ladder      the signals by which a container is ended, and the grace after each
 *   outcome     how a job ended, and whose doing it was
 *   journal     what this launcher is doing, on disk before it is done
 */

/** Which jobs something is for: those that cannot change anything, those that can, or both. */
export type Access = 'both' | 'read' | 'write'

/** A variable of the launcher's own environment that jobs are given. */
export interface PassedVariable {
  readonly name: string
  readonly value: Secret
  readonly access: Access
}

/** A path of the daemon's machine that the operator gives to jobs, writable. */
export interface ExtraMount {
  readonly source: string
  readonly target: string
  readonly access: Access
  /** The setting that it stands in, for messages. */
  readonly setting: string
}

/** When an image is asked for at its registry: each time, only if there is no copy, or never. */
export const pullPolicies = ['always', 'if-not-present', 'never'] as const
export type PullPolicy = (typeof pullPolicies)[number]

/** When the sums of a tool must be signed by its maker: always, where there is a signature, or never. */
export const signatureRules = ['always', 'if-present', 'never'] as const
export type SignatureRule = (typeof signatureRules)[number]

/** How long to wait for a container's end after each signal of the ladder, in milliseconds. */
export interface Graces {
  readonly interruptMs: number
  readonly terminateMs: number
  readonly killMs: number
}

/** What a run needs of the launcher's settings. */
export interface RunSettings {
  /** The launcher's own directory; dockerd sees it under the same path. */
  readonly directory: string
  /** Image of a job that names none. */
  readonly defaultImage: string
  /** Image of a job of Ansible that names none; missing: the other one. */
  readonly defaultAnsibleImage?: string
  /** Registries that images may be from, `*.example.com` included; null: any. */
  readonly allowedImageHosts: readonly string[] | null
  readonly pullPolicy: PullPolicy
  /** Certificates that git trusts beside the usual ones: PEM. */
  readonly authorities: readonly string[]
  /** How git servers behind pools of VCS agents are reached from here, by the pool's name; missing: none is. */
  readonly vcsEndpoints?: ReadonlyMap<string, string>
  readonly network: string
  /** Null: the daemon's default. */
  readonly runtime: string | null
  /** Null: no limit. */
  readonly memoryBytes: number | null
  readonly cpus: number | null
  readonly pids: number
  readonly passed: readonly PassedVariable[]
  /** Never readable in a log, whether jobs are given them or not. */
  readonly masked: readonly Secret[]
  readonly mounts: readonly ExtraMount[]
  /** How long a job may take, from taking it to the end of its container. */
  readonly runTimeoutMs: number
  /** How long a container may be silent. */
  readonly logsTimeoutMs: number
  /** How long a container that is ended may take after each signal. */
  readonly graces: Graces
  /** Whether a run's log shows each command before it runs. */
  readonly debug: boolean
  /** Whether sensitive outputs may leave the worker, if the stack allows it, too; missing: no. */
  readonly sensitiveOutputs?: boolean
  readonly launcherVersion: string
}

/** Where things are inside a container. */
export const inside = {
  workspace: '/mnt/workspace',
  source: '/mnt/workspace/source',
  script: '/var/spacelift',
  binaries: '/opt/spacelift/binaries',
} as const

/** User and group of a container's processes, as runner images made for Spacelift's workers have it. */
export const runnerId = 1983
