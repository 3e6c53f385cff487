/** Who asks, and who answers. */
export const peopleTypes = /* GraphQL */ `
type Query {
  debugInfo: DebugInfo!
  "Null for an anonymous caller."
  viewer: User
}

type Mutation {
  "Exchanges an API key for a bearer token. A wrong key is an error: clients take null for success."
  apiKeyUser(id: ID!, secret: String!): User
}

type DebugInfo {
  "Decides which forms of their documents spacectl and its library send."
  selfHostedVersion: String
}

type User {
  id: ID!
  name: String!
  "Only in the answer to an exchange."
  jwt: String
  "Unix seconds, as all times here."
  validUntil: Int
}

type Space {
  id: ID!
  name: String!
  description: String
  parentSpace: ID
  inheritEntities: Boolean!
  accessLevel: String!
  labels: [String!]!
}
`
