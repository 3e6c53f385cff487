/** Stacks. Fields of features that are not here have neutral values, so that clients which always select them work. */
export const stackTypes = /* GraphQL */ `
extend type Query {
  stack(id: ID!): Stack
  stacks: [Stack!]!
  "The stack of a run. An unknown run is the error: not found."
  runStack(runId: ID!): Stack
  searchStacks(input: SearchInput!): SearchStacksOutput!
}

extend type Mutation {
  "Refused while a run is not over. destroyResources is refused: trigger a DESTROY run and wait for it first."
  stackDelete(id: ID!, destroyResources: Boolean): Stack
}

type Stack {
  id: ID!
  name: String!
  description: String
  labels: [String!]!
  space: ID!
  spaceDetails: Space!
  createdAt: Int!
  "The repository's owner; empty unless the source is a git repository."
  namespace: String!
  repository: String!
  repositoryURL: String
  "The ref of a git source; empty for its default branch and for other sources."
  branch: String!
  "GIT for a repository, SPACELIFT for a source that was uploaded or that is none."
  provider: String!
  projectRoot: String
  additionalProjectGlobs: [String!]!
  administrative: Boolean!
  autodeploy: Boolean!
  autoretry: Boolean!
  isDisabled: Boolean!
  localPreviewEnabled: Boolean!
  managesStateFile: Boolean!
  canWrite: Boolean!
  starred: Boolean!
  deleted: Boolean!
  deleting: Boolean!
  afterApply: [String!]!
  beforeApply: [String!]!
  afterInit: [String!]!
  beforeInit: [String!]!
  afterPlan: [String!]!
  beforePlan: [String!]!
  afterPerform: [String!]!
  beforePerform: [String!]!
  afterDestroy: [String!]!
  beforeDestroy: [String!]!
  afterRun: [String!]!
  runnerImage: String
  terraformVersion: String
  "State of the run that holds the stack, else of the newest run that could change it; NONE before the first."
  state: String!
  stateSetAt: Int
  lockedBy: String
  "The run that holds the stack."
  blocker: Run
  trackedCommit: Commit
  trackedCommitSetBy: String
  workerPool: WorkerPool
  vendorConfig: StackConfigVendor!
  config: [ConfigElement!]!
  runtimeConfig: [RuntimeConfigElement!]!
  attachedContexts: [StackAttachedContext!]!
  attachedPolicies: [StackAttachedPolicy!]!
  moduleVersionsUsed: [ModuleVersion!]!
  run(id: ID!): Run
  "Tracked and destroy runs, newest first. before: a run's id, exclusive. 50 a page."
  runs(before: ID): [Run!]!
  proposedRuns(before: ID): [Run!]!
  tasks(before: ID): [Run!]!
  runResourceState(id: ID!): RunResourceState
}

"A secret's value is never given out: its checksum stands in for it."
type ConfigElement {
  id: ID!
  type: ConfigType!
  value: String
  "Lower-case hexadecimal SHA-256 of the value."
  checksum: String!
  writeOnly: Boolean!
  runtime: Boolean!
  createdAt: Int!
  description: String
}

enum ConfigType { ENVIRONMENT_VARIABLE FILE_MOUNT }

type RuntimeConfigElement { context: RuntimeConfigContext element: ConfigElement! }
type RuntimeConfigContext { id: ID! contextName: String! }

type StackAttachedContext {
  contextId: ID!
  contextName: String!
  priority: Int!
  isAutoattached: Boolean!
  config: [ConfigElement!]!
}

type StackAttachedPolicy { policyId: ID! policyName: String! policyType: PolicyType! }
enum PolicyType { ACCESS APPROVAL GIT_PUSH INITIALIZATION LOGIN NOTIFICATION PLAN STACK_ACCESS TASK TRIGGER }
type ModuleVersion { id: ID! number: String! module: Module! }
type Module { id: ID! name: String! owner: String! }
type SearchStacksOutput { edges: [SearchStacksEdge!]! pageInfo: PageInfo! }
type SearchStacksEdge { node: Stack! }
`
