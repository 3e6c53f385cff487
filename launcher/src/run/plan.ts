import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { Job } from '../../../protocol/job.ts'
import type { ContainerPlan, Mount } from './engine.ts'
import { mountsFor } from './mounts.ts'
import { inside, type RunSettings } from './run.ts'
import type { JobDirectories, Owner } from './workspace/directories.ts'

export interface PlanParts {
  readonly job: Job
  readonly directories: JobDirectories
  /** Whom the workspace's files belong to. */
  readonly owner: Owner
  /** `NAME=value`. */
  readonly environment: readonly string[]
  /** Directory of the tool's executable, or null to use what the image has. */
  readonly binaries: string | null
  readonly settings: RunSettings
  /** Directories of the workspace, by paths relative to it, that the image would put a volume over. */
  readonly covered?: readonly string[]
  /** What `directoryLabel` made of the launcher's directory. */
  readonly directoryLabel: string
}

/** The labels by which a container is found again. */
export const labels = {
  managed: 'io.spacelift-worker.managed',
  /** Whose it is: launchers that share a daemon have directories of their own. */
  directory: 'io.spacelift-worker.directory',
  worker: 'io.spacelift-worker.worker',
  run: 'io.spacelift-worker.run',
  job: 'io.spacelift-worker.job',
  stack: 'io.spacelift-worker.stack',
} as const

/**
 * The value of the label that says whose a container is: half of the directory's SHA-256, because a path may be long
 * and tells of the machine.
 */
export function directoryLabel(directory: string): string {
  return createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 32)
}

/** The image that a job runs in. */
export function imageOf(
  { image, tool }: Pick<Job, 'image' | 'tool'>,
  settings: Pick<RunSettings, 'defaultImage' | 'defaultAnsibleImage'>,
): string {
  if (image !== null) return image
  return tool.name === 'ansible' ? (settings.defaultAnsibleImage ?? settings.defaultImage) : settings.defaultImage
}

/** What exactly a job's container is. Pure. */
export function planContainer(parts: PlanParts): ContainerPlan {
  const { job, settings, owner } = parts
  return {
    name: `spacelift-${job.id}`,
    image: imageOf(job, settings),
    command: ['/bin/sh', `${inside.script}/run.sh`],
    environment: parts.environment,
    workingDirectory: inside.workspace,
    user: `${owner.uid}:${owner.gid}`,
    mounts: mountsOf(parts),
    labels: {
      [labels.managed]: 'true',
      [labels.directory]: parts.directoryLabel,
      [labels.worker]: job.worker,
      [labels.run]: job.run,
      [labels.job]: job.id,
      [labels.stack]: job.stack.id,
    },
    network: settings.network,
    runtime: settings.runtime,
    extraHosts: reachesHost(job) ? [`${dockerHost}:host-gateway`] : [],
    memoryBytes: settings.memoryBytes,
    cpus: settings.cpus,
    pids: settings.pids,
  }
}

function mountsOf({ job, directories, binaries, settings, covered = [] }: PlanParts): Mount[] {
  return [
    { source: directories.workspace, target: inside.workspace, readOnly: false },
    ...covered.map((path) => ({
      source: `${directories.workspace}/${path}`,
      target: `${inside.workspace}/${path}`,
      readOnly: false,
    })),
    { source: directories.script, target: inside.script, readOnly: true },
    ...(binaries === null ? [] : [{ source: binaries, target: inside.binaries, readOnly: true }]),
    ...mountsFor(job, settings).map(({ source, target }) => ({ source, target, readOnly: false })),
  ]
}

/**
 * The name by which Docker Desktop's containers reach the machine around them; elsewhere it must be given to a
 * container.
 */
const dockerHost = 'host.docker.internal'

function reachesHost(job: Job): boolean {
  return job.state !== null && URL.canParse(job.state.address) && new URL(job.state.address).hostname === dockerHost
}
