import type { Value } from './values.ts'

type Schema = Record<string, unknown>

/** What several values are. Referred to by name in `@schema {$ref: name}`. */
const definitions: Readonly<Record<string, Schema>> = {
  duration: {
    type: 'string',
    pattern: '^([0-9]*\\.?[0-9]+(ns|us|µs|ms|s|m|h))+$',
    examples: ['70m', '1h30m', '1000s'],
  },
  env: {
    type: 'array',
    items: {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string', minLength: 1 }, value: { type: ['string', 'null'] } },
    },
  },
}

/**
 * The schema of the chart's values. Unknown keys are refused, but for `x-` at the top, where people keep YAML anchors, and `enabled`, by which a
 * chart that depends on this one leaves it out. A value may be null, which is what an empty key in a file is: it means the default.
 */
export function schemaOf(values: readonly Value[]): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart spacelift-worker',
    $comment: 'Made from values.yaml by `npm run docs`; do not edit.',
    ...groupOf(values),
    properties: {
      enabled: {
        type: 'boolean',
        description: 'Not read here: for the condition of a chart that depends on this one.',
      },
      ...propertiesOf(values),
    },
    patternProperties: { '^x-': {} },
    definitions,
  }
}

function groupOf(values: readonly Value[]): Schema {
  return { type: ['object', 'null'], additionalProperties: false, properties: propertiesOf(values) }
}

function propertiesOf(values: readonly Value[]): Schema {
  return Object.fromEntries(values.map((value) => [value.key, propertyOf(value)]))
}

function propertyOf(value: Value): Schema {
  const described = value.doc ? { description: value.doc } : {}
  if (value.members.length > 0) return { ...described, ...groupOf(value.members), ...value.schema }
  const { $ref, ...rest } = value.schema
  const own = { ...described, default: value.byDefault, ...withNull({ type: typeOf(value.byDefault), ...rest }) }
  if (!$ref) return own
  const { type: _, ...unlessNull } = own as Schema
  return { ...unlessNull, anyOf: [{ $ref: `#/definitions/${$ref as string}` }, { type: 'null' }] }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return value === null ? 'null' : typeof value
}

/** A type or a list of choices, with null. */
function withNull(schema: Schema): Schema {
  const type = [...new Set([schema['type'], 'null'].flat())]
  return { ...schema, type, ...(Array.isArray(schema['enum']) && { enum: [...schema['enum'], null] }) }
}
