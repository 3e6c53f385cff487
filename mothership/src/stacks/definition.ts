import type { GitCredentials, HookName, JobVariable, ToolName } from '../../../protocol/job.ts'

/** A file that is put beside the source, below `/mnt/workspace`. */
export interface StackFile {
  /** Relative, with forward slashes. */
  readonly path: string
  /** Base64. */
  readonly content: string
  readonly secret: boolean
}

/** Where the source is, as its owner writes it. A directory is on the owner's machine, relative to the YAML: it is uploaded. */
export type DeclaredSource =
  | { readonly kind: 'directory'; readonly directory: string }
  | GitSource
  | { readonly kind: 'none' }

/** Fetched by the worker. `commit` null: the head of `ref`; `ref` null: the repository's default branch. The URL may hold credentials. */
export interface GitSource {
  readonly kind: 'git'
  readonly url: string
  readonly ref: string | null
  readonly commit: string | null
  readonly submodules?: boolean
  /** The pool of VCS agents that its server is behind. */
  readonly vcsPool?: string
  readonly credentials?: GitCredentials
}

/** An uploaded directory: a gzip-compressed tar, `Sources.read(id)`. */
export interface ArchiveSource {
  readonly kind: 'archive'
  readonly id: string
  /** Bytes. */
  readonly length: number
  /** Lower-case hex. */
  readonly sha256: string
  readonly uploadedAt: number
}

/** Where a run takes the source from. */
export type StackSource = ArchiveSource | GitSource | { readonly kind: 'none' }

/**
 * Who keeps the state: the mothership even if the source configures a backend of its own (`managed`), the mothership unless it does
 * (`unless-configured`), or somebody else (`elsewhere`).
 */
export type StateKeeping = 'managed' | 'unless-configured' | 'elsewhere'

/** What a stack is, as its YAML says, with every default filled in. It holds secrets in the clear. */
export interface StackDefinition {
  /** Its name in URLs: `stackIdPattern` of `protocol/ids.ts`. */
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly labels: readonly string[]
  /** Name or id of a pool; null: the only one. */
  readonly pool: string | null
  readonly tool: {
    readonly name: ToolName
    readonly version: string | null
    /** Of Ansible. */
    readonly playbook?: string
    readonly inventory?: string
  }
  /** Null: the launcher's default image. */
  readonly image: string | null
  /** Relative to the source, with forward slashes; empty for its root. */
  readonly projectRoot: string
  readonly source: DeclaredSource
  readonly environment: readonly JobVariable[]
  readonly files: readonly StackFile[]
  readonly hooks: Readonly<Partial<Record<HookName, readonly string[]>>>
  readonly autodeploy: boolean
  /** Whether sensitive outputs are kept, if the worker allows it, too; missing: yes. */
  readonly sensitiveOutputs?: boolean
  /** Whether secrets that can be known by their form are masked in logs; missing: no. */
  readonly maskWellKnown?: boolean
  readonly state: StateKeeping
  /** The space that it belongs to: a name by which policies and clouds tell stacks apart. */
  readonly space: string
  /** Owner and name of the repository; null: what the source says. */
  readonly repository: string | null
  /** The tracked branch; null: what the source says. */
  readonly branch: string | null
  /** Of the tokens by which its runs prove who they are; null: the issuer's host. */
  readonly oidcAudience: string | null
}
