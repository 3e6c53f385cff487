import { Refusal } from '../base/errors.ts'
import type { Keys, Tokens } from './identity.ts'
import type { Links } from './links.ts'
import type { ResultAdministration } from './result-services.ts'
import type {
  Person,
  PoolAdministration,
  PoolView,
  RunAdministration,
  RunView,
  StackAdministration,
  StackView,
  StateAdministration,
  WorkerAdministration,
} from './services.ts'

/** What the resolvers call. */
export interface Services {
  readonly pools: PoolAdministration
  readonly workers: WorkerAdministration
  readonly stacks: StackAdministration
  readonly runs: RunAdministration
  readonly states: StateAdministration
  readonly results: ResultAdministration
  readonly keys: Keys
  readonly tokens: Tokens
}

/** Makes of the services' views what the schema has. Pools, stacks and runs show each other, and import each other nowhere. */
export interface Show {
  pool(view: PoolView): object
  stack(view: StackView): object
  run(view: RunView): object
}

/** The services, and how what they answer is shown. */
export interface Rooms extends Services {
  readonly show: Show
}

/** One request, as the resolvers see it. */
export interface Asked {
  readonly rooms: Rooms
  /** Null: nobody who proved who they are. */
  readonly person: Person | null
  /** Opaque texts that the client wants to be kept with a run that it triggers or confirms (`Spacelift-User-Provided-Run-Metadata`). */
  readonly runMetadata: readonly string[]
  readonly links: Links
}

/** A request of somebody who is known. */
export interface Known extends Asked {
  readonly person: Person
}

/** The fields of Query and Mutation, as graphql-js calls them: arguments first, then the request. */
export type RootFields<A extends Asked> = Readonly<Record<string, (args: never, asked: A) => unknown>>

/** Closes fields to whoever is not known. Clients look for the lower-case word in the message, not for a status. */
export function closed(fields: RootFields<Known>): RootFields<Asked> {
  const close = (field: (args: never, asked: Known) => unknown) => (args: never, asked: Asked) => {
    if (asked.person === null) throw new Refusal('unauthorized', 'unauthorized: a valid bearer token is needed')
    return field(args, { ...asked, person: asked.person })
  }
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, close(field)]))
}
