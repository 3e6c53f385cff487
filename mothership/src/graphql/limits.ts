import { GraphQLError, Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql'

/*
 * What one request may cost. The largest document that a real client sends is the standard introspection query: 15 levels,
 * about 250 fields after its fragments are expanded, 500 tokens.
 */
const maxTokens = 8_000
const maxDepth = 20
const maxFields = 2_000

/** Options for graphql-js' parser: reading stops at a size that no client needs. */
export const parseLimits = { maxTokens } as const

interface Extent {
  readonly depth: number
  readonly fields: number
}

/** Refuses a document that would select too deep or too much. Only for validated documents: fragments then have no cycles. */
export function assertWithinLimits(document: DocumentNode): void {
  const { depth, fields } = extentOf(document)
  if (depth > maxDepth) throw new GraphQLError(`the document is ${depth} levels deep, at most ${maxDepth} are answered`)
  if (fields > maxFields) {
    throw new GraphQLError(`the document selects ${fields} fields, at most ${maxFields} are answered`)
  }
}

/** How deep and how many fields: of all operations together, with each fragment counted wherever it is spread. */
export function extentOf(document: DocumentNode): Extent {
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition) => [definition.name.value, definition]),
  )
  const measure = measurer(fragments)
  return together(
    document.definitions
      .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
      .map((operation) => measure(operation.selectionSet)),
  )
}

/** Each fragment is measured once: nested spreads double with every level, and reading them must not. */
function measurer(fragments: ReadonlyMap<string, FragmentDefinitionNode>): (set: SelectionSetNode) => Extent {
  const known = new Map<string, Extent>()
  const ofFragment = (name: string): Extent => {
    const definition = fragments.get(name)
    const extent = known.get(name) ?? (definition ? ofSet(definition.selectionSet) : { depth: 0, fields: 0 })
    known.set(name, extent)
    return extent
  }
  const ofSet = (set: SelectionSetNode): Extent =>
    together(
      set.selections.map((selection) => {
        if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value)
        const inside = selection.selectionSet ? ofSet(selection.selectionSet) : { depth: 0, fields: 0 }
        return selection.kind === Kind.INLINE_FRAGMENT ? inside : { depth: inside.depth + 1, fields: inside.fields + 1 }
      }),
    )
  return ofSet
}

function together(extents: readonly Extent[]): Extent {
  return {
    depth: extents.reduce((depth, extent) => Math.max(depth, extent.depth), 0),
    fields: extents.reduce((fields, extent) => fields + extent.fields, 0),
  }
}
