import { buildSchema, type GraphQLSchema } from 'graphql'
import { additions } from './additions.ts'
import { metricTypes } from './metrics.ts'
import { peopleTypes } from './people.ts'
import { poolTypes } from './pools.ts'
import { resultTypes } from './results.ts'
import { runTypes } from './runs.ts'
import { searchTypes } from './search.ts'
import { stackTypes } from './stacks.ts'
import { stateTypes } from './states.ts'
import { vendorTypes } from './vendors.ts'

const parts = [
  peopleTypes,
  searchTypes,
  poolTypes,
  stackTypes,
  vendorTypes,
  runTypes,
  stateTypes,
  resultTypes,
  metricTypes,
  additions,
]

/**
 * The whole schema as text: public names first, our additions last. Names, types and nullability of the public part are those of
 * Spacelift's API as its open clients use it; what cannot be answered truthfully is not there.
 */
export const schemaText = parts.join('\n')

/** The schema, ready to execute on. Its resolvers are the values' own fields and methods. */
export function peopleSchema(): GraphQLSchema {
  return buildSchema(schemaText)
}
