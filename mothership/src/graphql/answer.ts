import {
  execute,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
} from 'graphql'
import type { Asked } from './asked.ts'
import { withoutEmptyParentheses } from './empty-parentheses.ts'
import { failureOf } from './failures.ts'
import { assertWithinLimits, parseLimits } from './limits.ts'
import { rootFields } from './resolvers/root.ts'

/** The body of a request, checked for its shape. */
export interface Question {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>> | undefined
  readonly operationName: string | undefined
}

/**
 * Answers one document. Never rejects: whatever is wrong with it, or goes wrong, is in `errors`, because clients expect HTTP 200.
 * `report` is told of bugs.
 */
export async function answer(
  question: Question,
  schema: GraphQLSchema,
  { asked, report }: { readonly asked: Asked; readonly report: (bug: unknown) => void },
): Promise<FormattedExecutionResult> {
  const { data, errors } = await resultOf(question, schema, asked)
  return {
    ...(data !== undefined && { data }),
    ...(errors && errors.length > 0 && { errors: errors.map((error) => failureOf(error, report)) }),
  }
}

async function resultOf(question: Question, schema: GraphQLSchema, asked: Asked): Promise<ExecutionResult> {
  const document = read(question.query, schema)
  if (Array.isArray(document)) return { errors: document }
  return execute({
    schema,
    document: document as DocumentNode,
    rootValue: rootFields,
    contextValue: asked,
    variableValues: question.variables,
    operationName: question.operationName,
  })
}

/** The document, or what is wrong with it. */
function read(query: string, schema: GraphQLSchema): DocumentNode | readonly GraphQLError[] {
  try {
    const document = parse(withoutEmptyParentheses(query), parseLimits)
    const faults = validate(schema, document)
    if (faults.length > 0) return faults
    assertWithinLimits(document)
    return document
  } catch (error) {
    if (error instanceof GraphQLError) return [error]
    // The parser goes down into a document by calling itself, and has no bound of its own for that.
    if (error instanceof RangeError) return [new GraphQLError('the document is nested too deep to be read')]
    throw error
  }
}
