import { Type, type Static, type TSchema } from 'typebox'
import { checker } from './decoded.ts'
import { Sha256, Timestamp, Ulid } from './ids.ts'

/** The types of a run that have jobs. */
export const runTypes = ['PROPOSED', 'TRACKED', 'TASK', 'DESTROY'] as const
export type RunType = (typeof runTypes)[number]

/** Steps of a job that a user sees as states, beside PREPARING, which every job begins with. */
export const phases = ['INITIALIZING', 'PLANNING', 'APPLYING', 'PERFORMING', 'DESTROYING'] as const
export type Phase = (typeof phases)[number]

/** The tools that a stack can name. Each is one file in the launcher's `tools/`. */
export const toolNames = ['opentofu', 'terraform', 'ansible', 'custom'] as const
export type ToolName = (typeof toolNames)[number]

/** The hooks of a stack, in the order in which a job meets them. */
export const hookNames = [
  'beforeInit',
  'afterInit',
  'beforePlan',
  'afterPlan',
  'beforeApply',
  'afterApply',
  'beforePerform',
  'afterPerform',
  'beforeDestroy',
  'afterDestroy',
  'afterRun',
] as const
export type HookName = (typeof hookNames)[number]

/** Shortest secret that a log is masked for, in bytes without white space around it. What is shorter stands in too many words that are none. */
export const minSecretBytes = 4

/** Largest mounted file, in bytes before base64. */
export const maxFileBytes = 2 * 1024 * 1024

const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

/** Which jobs see a variable: `read` those that cannot change anything, `write` those that can (`ro_` and `wo_` of the stack). */
const Access = Type.Enum(['both', 'read', 'write'])

const VariableSchema = Type.Object({
  name: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }),
  value: Type.String(),
  secret: Type.Boolean(),
  access: Access,
})

const FileSchema = Type.Object({
  /** Relative to `/mnt/workspace`, with forward slashes. A path that leaves it is refused by the launcher. */
  path: Type.String({ minLength: 1 }),
  /** Base64. */
  content: Type.String(),
  secret: Type.Boolean(),
})

/** How a git server is told who asks. They are secrets of the stack. */
const GitCredentialsSchema = Type.Union([
  Type.Object({ kind: Type.Literal('password'), username: Type.String({ minLength: 1 }), password: Type.String() }),
  Type.Object({
    kind: Type.Literal('ssh'),
    /** In OpenSSH's or PEM's form, without a passphrase. */
    privateKey: Type.String({ minLength: 1 }),
    /** Lines of a `known_hosts` file; null: those of the worker's machine. A host that is in neither is refused. */
    knownHosts: nullable(Type.String()),
  }),
])

const SourceSchema = Type.Union([
  /** A gzip-compressed tar behind `GET /v1/jobs/{job}/source`. */
  Type.Object({ kind: Type.Literal('archive'), length: Type.Integer({ minimum: 0 }), sha256: Sha256 }),
  /** Fetched by the worker itself. `commit` null: the head of `ref`; `ref` null: the repository's default branch. */
  Type.Object({
    kind: Type.Literal('git'),
    url: Type.String({ minLength: 1 }),
    ref: nullable(Type.String({ minLength: 1 })),
    commit: nullable(Type.String({ pattern: '^[0-9a-f]{40}([0-9a-f]{24})?$' })),
    /** Whether the repository's submodules are fetched, too; missing: no. */
    submodules: Type.Optional(Type.Boolean()),
    /** A pool of VCS agents that the server is behind; the worker knows how it reaches that itself. Missing: none. */
    vcsPool: Type.Optional(Type.String({ minLength: 1 })),
    /** Missing: those that the worker's machine has, if any. */
    credentials: Type.Optional(GitCredentialsSchema),
  }),
  Type.Object({ kind: Type.Literal('none') }),
])

const StateSchema = Type.Object({
  /** An HTTP backend as OpenTofu and Terraform speak it; lock and unlock are LOCK and UNLOCK on the same address. */
  address: Type.String({ pattern: '^https?://' }),
  username: Type.String(),
  password: Type.String(),
  /** PEM that the address's certificate is checked against, or null for the system's. */
  authority: nullable(Type.String()),
  /** True: used even if the source configures a backend of its own. */
  insist: Type.Boolean(),
})

const JobSchema = Type.Object({
  id: Ulid,
  run: Ulid,
  worker: Ulid,
  type: Type.Enum(runTypes),
  /** What the control plane is called. */
  account: Type.Optional(Type.String()),
  stack: Type.Object({
    id: Type.String(),
    name: Type.String(),
    labels: Type.Array(Type.String()),
    space: Type.String(),
    /** The tracked branch; missing: the commit's. */
    branch: Type.Optional(Type.String()),
    /** Owner and name of the repository; missing: what the source's address says. */
    repository: Type.Optional(Type.String()),
  }),
  createdAt: Timestamp,
  triggeredBy: Type.String(),
  /** What people gave along when they triggered or confirmed the run, in that order; missing: nothing. */
  metadata: Type.Optional(Type.Array(Type.String())),
  commit: Type.Object({ hash: Type.String(), message: Type.String(), author: Type.String(), branch: Type.String() }),
  /** In order. APPLYING after PLANNING in one job is run only if the plan has changes (autodeploy). */
  phases: Type.Array(Type.Enum(phases), { minItems: 1 }),
  /** After a PLANNING with changes: seal the workspace, upload it, and end; the rest is another job. */
  pause: Type.Boolean(),
  /** Set on the job after a pause: `GET /v1/jobs/{job}/workspace` in place of source and files. */
  continues: nullable(Type.Object({ length: Type.Integer({ minimum: 0 }), sha256: Sha256 })),
  tool: Type.Object({
    name: Type.Enum(toolNames),
    /** In full, or a constraint of it as Terraform writes them; null: what the image has. */
    version: nullable(Type.String({ minLength: 1 })),
    /** Of Ansible, relative to the project root; missing: `playbook.yml`. */
    playbook: Type.Optional(Type.String({ minLength: 1 })),
    /** Of Ansible, a path or a list of hosts; missing: what its own configuration says. */
    inventory: Type.Optional(Type.String({ minLength: 1 })),
  }),
  /** Null: the launcher's default image for the tool. */
  image: nullable(Type.String({ minLength: 1 })),
  source: SourceSchema,
  /** Relative to the source, with forward slashes; empty for its root. */
  projectRoot: Type.String(),
  environment: Type.Array(VariableSchema),
  files: Type.Array(FileSchema),
  hooks: Type.Record(Type.String(), Type.Array(Type.String())),
  /** The command of a TASK, for `sh -c`. */
  command: nullable(Type.String()),
  /** Whether the stack lets sensitive outputs be uploaded; missing: no. */
  sensitiveOutputs: Type.Optional(Type.Boolean()),
  /** Whether secrets that can be known by their form are masked in the log, too; missing: no. */
  maskWellKnown: Type.Optional(Type.Boolean()),
  state: nullable(StateSchema),
  /** A JSON Web Token by which the run proves to clouds who it is; missing: it has none. */
  oidcToken: Type.Optional(Type.String({ minLength: 1 })),
})

/** Everything that a worker needs to do one job: `GET /v1/jobs/{job}`. It holds secrets: it is never logged and never written to disk as it is. */
export type Job = Static<typeof JobSchema>
export type JobVariable = Static<typeof VariableSchema>
export type JobFile = Static<typeof FileSchema>
export type JobSource = Static<typeof SourceSchema>
export type GitCredentials = Static<typeof GitCredentialsSchema>
export type JobState = Static<typeof StateSchema>

export const checkJob = checker('job', JobSchema)
