/** Runs, their history and their logs. */
export const runTypes = /* GraphQL */ `
extend type Mutation {
  """
  runType: TRACKED if it is not given. runtimeConfig and forceApply are sent by clients and must be null: what a run does is
  changed by applying its stack.
  """
  runTrigger(
    stack: ID!
    commitSha: String
    runType: RunType
    runtimeConfig: RuntimeConfigInput
    forceApply: ForceApplyMode
  ): Run!
  runConfirm(stack: ID!, run: ID!): Run!
  runDiscard(stack: ID!, run: ID!): Run!
  runCancel(stack: ID!, run: ID!): Run!
  runStop(stack: ID!, run: ID!, note: String): Run!
  runRetry(stack: ID!, run: ID!): Run!
  runPrioritizeSet(stack: ID!, run: ID!, prioritize: Boolean!): Run!
  taskCreate(stack: ID!, command: String!, skipInitialization: Boolean): Run!
}

enum RunType { PROPOSED TRACKED TASK DESTROY }

enum RunState {
  QUEUED READY PREPARING INITIALIZING PLANNING UNCONFIRMED CONFIRMED PREPARING_APPLY APPLYING PREPARING_REPLAN REPLAN_REQUESTED
  PERFORMING DESTROYING PENDING_REVIEW FINISHED FAILED CANCELED DISCARDED SKIPPED STOPPED
}

enum ForceApplyMode { SINGLE CASCADE }

type Run {
  id: ID!
  title: String!
  type: RunType!
  state: RunState!
  finished: Boolean!
  branch: String
  canRetry: Boolean!
  comments: [RunComment!]!
  "All its texts are empty if the source is not a repository."
  commit: Commit!
  command: String
  createdAt: Int!
  delta: RunDelta
  driftDetection: Boolean!
  expired: Boolean!
  isMostRecent: Boolean!
  needsApproval: Boolean!
  triggeredBy: String
  "Newest first."
  history: [RunStateTransition!]!
  """
  A piece of a state's log. token: the nextToken of the piece before, null for the first. stateVersion: the newest if it is not
  given.
  """
  logs(state: RunState!, token: String, stateVersion: Int): RunLogs
}

type RunStateTransition {
  hasLogs: Boolean!
  note: String
  state: RunState!
  stateVersion: Int!
  terminal: Boolean!
  timestamp: Int!
  username: String
}

"finished: nothing can follow any more. hasMore: more is there now. Each message carries its own newline."
type RunLogs {
  exists: Boolean!
  finished: Boolean!
  hasMore: Boolean!
  messages: [RunLogMessage!]!
  nextToken: String
}

type RunLogMessage { message: String! }
type RunComment { body: String! createdAt: Int! username: String! }
type RunDelta { addCount: Int! changeCount: Int! deleteCount: Int! resources: Int! }
type RunResourceState { id: ID! state: RunState! finished: Boolean! }
type Commit { hash: String! message: String! authorLogin: String authorName: String! timestamp: Int! url: String }

input RuntimeConfigInput {
  yaml: String
  environment: [EnvVarInput!]
  projectRoot: String
  runnerImage: String
  afterApply: [String!]
  afterDestroy: [String!]
  afterInit: [String!]
  afterPerform: [String!]
  afterPlan: [String!]
  afterRun: [String!]
  beforeApply: [String!]
  beforeDestroy: [String!]
  beforeInit: [String!]
  beforePerform: [String!]
  beforePlan: [String!]
}

input EnvVarInput { key: String! value: String! }
`
