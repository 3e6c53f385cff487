import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isUnionType,
  parse,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { rootFields } from '../../../mothership/src/graphql/resolvers/root.ts'
import { additions } from '../../../mothership/src/graphql/schema/additions.ts'
import { peopleSchema } from '../../../mothership/src/graphql/schema/schema.ts'

const ours = peopleSchema()
const clients = buildSchema(readFileSync(new URL('clients.graphql', import.meta.url), 'utf8'))

/** `Type.field: its type`, and `Type.field(argument): its type`, for objects and inputs. */
function surface(schema: GraphQLSchema): Map<string, string> {
  const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'))
  return new Map(
    types.flatMap((type): [string, string][] => {
      if (!isObjectType(type) && !isInputObjectType(type)) return []
      const fields: (GraphQLField<unknown, unknown> | GraphQLInputField)[] = Object.values(type.getFields())
      return fields.flatMap((field): [string, string][] => [
        [`${type.name}.${field.name}`, String(field.type)],
        ...('args' in field ? field.args : []).map((argument): [string, string] => [
          `${type.name}.${field.name}(${argument.name})`,
          String(argument.type),
        ]),
      ])
    }),
  )
}

const publicSurface = surface(clients)
const ownSurface = surface(ours)

/** What the file of our additions declares. */
const added = new Set(
  parse(additions).definitions.flatMap((definition) =>
    'fields' in definition && 'name' in definition && definition.name
      ? (definition.fields ?? []).map((field) => `${definition.name?.value}.${field.name.value}`)
      : [],
  ),
)

describe('schema', () => {
  it('gives every public field and argument the type that the clients know', () => {
    const common = [...ownSurface].filter(([name]) => publicSurface.has(name))
    expect(Object.fromEntries(common)).toEqual(
      Object.fromEntries(common.map(([name]) => [name, publicSurface.get(name)])),
    )
    expect(common.length).toBeGreaterThan(250)
  })

  it('declares every argument of a public field', () => {
    const missing = [...publicSurface.keys()].filter((name) => {
      const field = name.split('(')[0] ?? ''
      return name.includes('(') && ownSurface.has(field) && !ownSurface.has(name)
    })
    expect(missing).toEqual([])
  })

  it('has nothing beyond the public names but the marked additions', () => {
    const own = [...ownSurface.keys()]
      .filter((name) => !publicSurface.has(name))
      .map((name) => name.split('(')[0] ?? '')
    expect(own.filter((name) => !added.has(name))).toEqual([])
  })

  it('declares every member of a public union, with the fields that fragments on it select', () => {
    const union = (schema: GraphQLSchema) => {
      const type = schema.getType('StackConfigVendor')
      return isUnionType(type)
        ? type
            .getTypes()
            .map(({ name }) => name)
            .sort()
        : []
    }
    expect(union(ours)).toEqual(union(clients))
    const members = [...publicSurface.keys()].filter((name) => name.startsWith('StackConfigVendor'))
    expect(members.filter((name) => !ownSurface.has(name))).toEqual([])
  })

  it('knows every state of a run', () => {
    const values = (schema: GraphQLSchema) => {
      const type = schema.getType('RunState')
      return isEnumType(type) ? type.getValues().map(({ name }) => name) : []
    }
    expect(values(ours)).toEqual(values(clients))
  })

  it('answers every field of Query and Mutation, and none that is not there', () => {
    const declared = [ours.getQueryType(), ours.getMutationType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    )
    expect(Object.keys(rootFields).sort()).toEqual(declared.sort())
  })

  it('says what each of our additions to Query and Mutation is for', () => {
    const fields = [ours.getQueryType(), ours.getMutationType()].flatMap((type) =>
      Object.values(type?.getFields() ?? {}).map((field) => ({ name: `${type?.name}.${field.name}`, field })),
    )
    expect(fields.filter(({ name, field }) => added.has(name) && !field.description).map(({ name }) => name)).toEqual(
      [],
    )
  })
})
