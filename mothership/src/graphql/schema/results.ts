/** What runs found and made. */
export const resultTypes = /* GraphQL */ `
extend type Run {
  """
  What the plan does to resources, one by one; never their values. Empty without a plan. All of them, whatever the input says.
  """
  changesV3(input: ChangesV3Input!): [RunChanges!]!
}

extend type Stack {
  "After the last run that could change them. The values of sensitive ones are null."
  outputs: [StackOutput!]!
  "Whether sensitive outputs are kept, if the worker allows it, too."
  enableSensitiveOutputUpload: Boolean!
  "Whether secrets that can be known by their form are masked in logs."
  enableWellKnownSecretMasking: Boolean!
}

input ChangesV3Input { changeType: String }
type RunChanges { resources: [RunChangesResource!]! }
type RunChangesResource { address: String! previousAddress: String metadata: RunChangesMetadata! }
"type: ADD, CHANGE, DESTROY, REPLACE, IMPORT, MOVE or FORGET."
type RunChangesMetadata { type: String! }
"A text as it is, everything else as JSON."
type StackOutput { id: ID! description: String sensitive: Boolean! value: String }
`
