/** What Spacelift's Prometheus exporter asks for. Nothing is billed here, so the usage is zero. */
export const metricTypes = /* GraphQL */ `
extend type Query {
  usage: Usage!
  metrics: Metrics!
}

type Usage {
  billingPeriodStart: Int!
  billingPeriodEnd: Int!
  usedPrivateMinutes: Int!
  usedPublicMinutes: Int!
  usedSeats: Int!
}

"An empty list: not measured."
type Metrics {
  stacksCountByState: [DataPoint!]!
  resourcesCountByDrift: [DataPoint!]!
  avgStackSizeByResourceCount: [DataPoint!]!
  averageRunDuration: [DataPoint!]!
  medianRunDuration: [DataPoint!]!
}

type DataPoint { value: Float! labels: [String!]! }
`
