import type { GraphQLError, GraphQLFormattedError } from 'graphql'
import { Refusal } from '../base/errors.ts'

/**
 * An error as clients read it: a refusal with its message and `extensions.code`, what graphql-js itself found as it is, and of a
 * bug nothing but that it happened (`report` is for the log).
 */
export function failureOf(error: GraphQLError, report: (bug: unknown) => void): GraphQLFormattedError {
  const { originalError: cause, locations, path } = error
  const where = { ...(locations && { locations }), ...(path && { path }) }
  if (cause instanceof Refusal) return { message: messageOf(cause), ...where, extensions: { code: cause.code } }
  // graphql-js wraps what its own scalars throw (a number too large for Int), so those have a cause too, and it has a name.
  if (!cause || cause.name === 'GraphQLError') return { message: withheld(error.message), ...where }
  report(cause)
  return { message: 'internal error', ...where, extensions: { code: 'internal' } }
}

/**
 * Two words steer clients, wherever they stand in a message. Spacelift's Terraform provider takes a query's error with `not found`
 * for "the resource is gone" and drops it from its state; spacectl and the exporter renew their token on `unauthorized`.
 */
function messageOf(refusal: Refusal): string {
  if (refusal.code === 'not-found') return refusal.message
  if (refusal.code !== 'unauthorized') return withheld(refusal.message)
  return refusal.message.includes('unauthorized') ? refusal.message : `unauthorized: ${refusal.message}`
}

function withheld(message: string): string {
  return message.replaceAll('not found', 'missing')
}
