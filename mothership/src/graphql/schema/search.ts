/** Searching: the same input and the same pages for whatever is searched. */
export const searchTypes = /* GraphQL */ `
input SearchInput {
  "At most 100; 50 if it is not given."
  first: Int
  "The endCursor of the page before."
  after: String
  "Words that must all occur in the name, description or labels."
  fullTextSearch: String
  "All must hold."
  predicates: [QueryPredicate!]
  orderBy: QueryOrder
}

input QueryOrder {
  field: String!
  "ASC or DESC."
  direction: String!
}

input QueryPredicate {
  field: String!
  constraint: QueryFieldConstraint!
  "Turns the predicate round."
  exclude: Boolean
}

"One of the given values must match. In stringMatches a * stands for any text."
input QueryFieldConstraint {
  booleanEquals: [Boolean!]
  enumEquals: [String!]
  stringMatches: [String!]
}

type PageInfo {
  endCursor: String!
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
}
`
