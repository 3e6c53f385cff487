import type { JobSource } from '../../../../../protocol/job.ts'

export type GitSource = Extract<JobSource, { kind: 'git' }>

/** How a source is fetched. */
export interface GitOptions {
  /** An empty directory that exists. */
  readonly into: string
  /** Certificates that are trusted beside the usual ones: PEM. */
  readonly authorities?: readonly string[]
  readonly signal: AbortSignal
  /** The transports that may be used; default: those that reach other machines. `file` would let a stack read the worker's disk. */
  readonly protocols?: readonly string[]
  /** How the servers behind pools of VCS agents are reached, by the pool's name. */
  readonly endpoints?: ReadonlyMap<string, string>
  /** Whether the repository stays beside the files, with the history of what was fetched; default: no. */
  readonly keepRepository?: boolean
}

/** The transports that reach other machines. */
export const remoteProtocols: readonly string[] = ['https', 'http', 'ssh', 'git']
