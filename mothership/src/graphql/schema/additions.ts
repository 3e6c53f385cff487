/**
 * OURS. Everything above mirrors public names; everything in this file is our own, and no client of Spacelift's selects it.
 * It is what the command line and the pages need beyond them.
 */
export const additions = /* GraphQL */ `
extend type Query {
  """
  Runs of all stacks or of one, of all types or some, newest first. before: a run's id, exclusive. first: at most 100, 50 if it is
  not given.
  """
  runs(stack: ID, types: [RunType!], before: ID, first: Int): [Run!]!
}

extend type Mutation {
  """
  Creates or replaces the stack that the YAML names. source: for a stack whose source is a directory, the id that the upload of it,
  as a gzip-compressed tar, was answered with. All problems of the YAML are reported together.
  """
  stackApply(yaml: String!, source: ID): Stack!
  """
  Where a source may be uploaded for some minutes: PUT to uploadUrl, with the headers given and without a token. The answer is 201
  and JSON whose id is the source.
  """
  sourceUpload: SourceUpload!
  "Ends a run in progress at once, where runStop asks it to end well."
  runKill(stack: ID!, run: ID!, note: String): Run!
  "Refused while the state is locked, or if its lineage or serial do not fit, unless forced."
  statePush(stack: ID!, state: String!, force: Boolean): StateVersion!
  "Makes an old version the newest one again, under a new serial."
  stateRollback(stack: ID!, version: ID!): StateVersion!
  "Removes the lock whoever holds it. Null: there was none."
  stateUnlock(stack: ID!): StateLock
}

extend type WorkerPool {
  "When the certificate in the pool's token expires."
  certificateExpiresAt: Int!
}

"BUSY while it holds a job, DRAINED while it takes none, else IDLE."
enum WorkerStatus { IDLE BUSY DRAINED }

extend type Worker {
  status: WorkerStatus!
  "The job that it holds."
  job: ID
  "When it was last heard."
  seenAt: Int!
}

extend type Stack {
  updatedAt: Int!
  tool: StackTool!
  source: StackSource!
  "outputs, with the values of sensitive ones, where worker and stack let them be kept."
  revealedOutputs: [StackOutput!]!
  "Every kept version of the stack's state, newest first."
  stateVersions: [StateVersion!]!
  "Who holds the stack's state now, if anybody does."
  stateLock: StateLock
}

"What runs the stack: opentofu, terraform, ansible or custom. version null: what the image has."
type StackTool { name: String! version: String }

"kind: directory, git or none. url and ref are of a git source, uploadedAt of a directory."
type StackSource { kind: String! url: String ref: String uploadedAt: Int }

extend type Run {
  stackId: ID!
  "Null if the stack was deleted."
  stack: Stack
  "When its state last changed."
  updatedAt: Int!
  "Why it is in its state, if there is more to say."
  note: String
  prioritized: Boolean!
  "What hooks left for plan policies in <key>.custom.spacelift.json. content is JSON."
  planInputs: [PlanInput!]!
}

type PlanInput { key: String! content: String! }

extend type RunDelta { importCount: Int! forgetCount: Int! }

extend type RunChangesResource {
  "Such as aws_instance."
  resourceType: String!
}

extend type StackOutput {
  "The run that it is from."
  run: ID!
  updatedAt: Int!
}

extend type RunStateTransition {
  "The worker that the state belongs to, if one does."
  worker: ID
}

type SourceUpload { uploadUrl: String! uploadHeaders: StringMap! }
type StringMap { entries: [StringMapEntry!]! }
type StringMapEntry { key: String! value: String! }

extend input StateDownloadUrlInput {
  "An old version; the newest if it is not given."
  version: ID
}

"run: the run that wrote it, null if a person did. rescued: delivered by the worker after the tool could not."
type StateVersion {
  id: ID!
  serial: Int!
  lineage: String!
  run: ID
  createdAt: Int!
  length: Int!
  rescued: Boolean!
}

type StateLock { id: ID! who: String! operation: String! run: ID at: Int! }
`
