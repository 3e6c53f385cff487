import { complaintOf, described } from './complaint.ts'
import { fieldsOf, listOf, parsed } from './json.ts'

/** What opa is asked. What is undefined is an empty list. */
export const question =
  'answer := {"deny": [value | value := data.spacelift.deny], "sample": [value | value := data.spacelift.sample]}'

/** What a policy said of one input. */
export interface Answer {
  /** Null: there is no such rule, or it has no value for this input. */
  readonly deny: unknown
  readonly sample: boolean
  /** Calls of functions that failed; to Rego their values are undefined. */
  readonly failedCalls: readonly string[]
}

/** Reads what `opa eval` printed for the question; null: something else. */
export function answerOf(text: string, file: string): Answer | null {
  const { result, errors } = fieldsOf(parsed(text))
  const answer = fieldsOf(fieldsOf(fieldsOf(listOf(result)[0])['bindings'])['answer'])
  const { deny, sample } = answer
  if (!Array.isArray(deny) || !Array.isArray(sample)) return null
  return {
    deny: deny.length === 0 ? null : deny[0],
    sample: sample[0] === true,
    failedCalls: listOf(errors).map((error) => described(complaintOf(error), file)),
  }
}
