/** Worker pools and their workers. */
export const poolTypes = /* GraphQL */ `
extend type Query {
  workerPool(id: ID!): WorkerPool
  workerPools: [WorkerPool!]!
  searchWorkerPools(input: SearchInput!): SearchWorkerPoolsOutput!
  "There is none here: it has no workers and no runs."
  publicWorkerPool: PublicWorkerPool!
}

extend type Mutation {
  "certificateSigningRequest: PEM, or base64 of PEM."
  workerPoolCreate(
    name: String!
    certificateSigningRequest: String!
    description: String
    labels: [String!]
    space: ID
    driftDetectionRunLimit: Int
  ): WorkerPool!
  "Takes the whole pool: what is null is unset."
  workerPoolUpdate(
    id: ID!
    name: String!
    description: String
    labels: [String!]
    space: ID
    driftDetectionRunLimit: Int
  ): WorkerPool!
  "A new certificate. Workers with the old one are refused from then on."
  workerPoolReset(id: ID!, certificateSigningRequest: String!): WorkerPool!
  workerPoolDelete(id: ID!): WorkerPool
  "Tells every worker of the pool to end its process."
  workerPoolCycle(id: ID!): Boolean!
  "When this answers busy: false for a drained worker, the worker gets no run any more."
  workerDrainSet(workerPool: ID!, id: ID!, drain: Boolean!): Worker!
}

type WorkerPool {
  id: ID!
  name: String!
  description: String
  "The token of the pool's workers. Only in the answer to a create or reset: it is not kept."
  config: String
  labels: [String!]!
  space: ID!
  spaceDetails: Space!
  createdAt: Int!
  updatedAt: Int!
  deleted: Boolean!
  busyWorkers: Int!
  "Runs that wait for a worker of this pool. A run that is with one is not among them."
  pendingRuns: Int!
  workersCount: Int!
  workers: [Worker!]!
  driftDetectionRunLimit: Int
  managedByK8sController: Boolean!
  "Runs that are with a worker first, then those that wait, in the order in which they will go."
  searchSchedulableRuns(input: SearchInput!): SchedulableRunsOutput!
}

"A worker that is gone is absent."
type Worker {
  id: ID!
  busy: Boolean!
  drained: Boolean!
  "A JSON object whose values are strings."
  metadata: String!
  createdAt: Int!
  "When it last became idle; null while it is busy or was never idle."
  availableAt: Int
}

type PublicWorkerPool {
  parallelism: Int!
  busyWorkers: Int!
  pendingRuns: Int!
  searchSchedulableRuns(input: SearchInput!): SchedulableRunsOutput!
}

type SearchWorkerPoolsOutput { edges: [SearchWorkerPoolsEdge!]! pageInfo: PageInfo! }
type SearchWorkerPoolsEdge { node: WorkerPool! }
type SchedulableRunsOutput { edges: [SchedulableRunsEdge!]! pageInfo: PageInfo! }
type SchedulableRunsEdge { node: SchedulableRun! }
type SchedulableRun { stackId: ID! run: Run! position: Int! }
`
