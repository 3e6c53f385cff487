/** The states that the stacks' tools keep here. */
export const stateTypes = /* GraphQL */ `
extend type Mutation {
  "An address from which the state can be read for some minutes, without a token."
  stateDownloadUrl(input: StateDownloadUrlInput!): StateDownloadUrl!
}

input StateDownloadUrlInput { stackId: ID! }
type StateDownloadUrl { url: String! }
`
