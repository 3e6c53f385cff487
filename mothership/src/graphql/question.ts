import { Refusal } from '../base/errors.ts'
import type { Question } from './answer.ts'

/** Reads a request's body, or refuses it: what is not a question at all is the one thing that is not answered with HTTP 200. */
export function questionOf(body: unknown): Question {
  if (Array.isArray(body))
    throw new Refusal('bad-request', 'one question at a time: the body must be an object, not a list')
  if (typeof body !== 'object' || body === null) throw new Refusal('bad-request', 'the body must be a JSON object')
  const { query, variables, operationName } = body as Record<string, unknown>
  if (typeof query !== 'string') throw new Refusal('bad-request', 'query must be a text')
  return { query, variables: variablesOf(variables), operationName: nameOf(operationName) }
}

function variablesOf(variables: unknown): Question['variables'] {
  if (variables === undefined || variables === null) return undefined
  if (typeof variables === 'object' && !Array.isArray(variables)) return variables as Record<string, unknown>
  throw new Refusal('bad-request', 'variables must be an object')
}

function nameOf(name: unknown): string | undefined {
  if (name === undefined || name === null || name === '') return undefined
  if (typeof name === 'string') return name
  throw new Refusal('bad-request', 'operationName must be a text')
}
