import type { Rooms } from '../asked.ts'
import type { StackView } from '../services.ts'
import type { Searchable } from './search.ts'
import { sourceOf } from './stack-source.ts'
import { standingFields } from './standing.ts'

/** By the tool; the others are Terraform's. */
const vendors: ReadonlyMap<string, string> = new Map([
  ['opentofu', 'OPENTOFU'],
  ['ansible', 'ANSIBLE'],
])

/** What stacks are searched by: the predicates of Spacelift's clients, and what a list is ordered by. */
export const searchableStacks = (rooms: Rooms): Searchable<StackView> => ({
  id: (stack) => stack.id,
  name: (stack) => stack.name,
  description: (stack) => stack.description,
  label: (stack) => stack.labels,
  space: (stack) => stack.space,
  projectRoot: (stack) => stack.projectRoot,
  repository: (stack) => sourceOf(stack).repository,
  namespace: (stack) => sourceOf(stack).namespace,
  branch: (stack) => sourceOf(stack).branch,
  vendor: ({ tool }) => vendors.get(tool.name) ?? 'TERRAFORM',
  workerPool: (stack) => stack.pool,
  administrative: () => false,
  locked: () => false,
  starred: () => false,
  createdAt: (stack) => stack.createdAt,
  state: async (stack) => standingFields(stack.id, rooms).state(),
})
