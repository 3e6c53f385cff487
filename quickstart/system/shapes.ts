import { Type, type Static } from 'typebox'
import { checker } from '../../protocol/decoded.ts'

// What is read of the command line's answers, and no more: they have further fields.

const nullable = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()])

const TransitionSchema = Type.Object({
  state: Type.String(),
  /** Seconds since 1970. */
  timestamp: Type.Number(),
  worker: Type.Optional(nullable(Type.String())),
  note: Type.Optional(nullable(Type.String())),
})

const RunSchema = Type.Object({
  id: Type.String(),
  state: Type.String(),
  finished: Type.Optional(Type.Boolean()),
  note: Type.Optional(nullable(Type.String())),
  /** Oldest first. */
  history: Type.Optional(Type.Array(TransitionSchema)),
})

/** A run as the command line shows it. */
export type RunView = Static<typeof RunSchema>
export type TransitionView = Static<typeof TransitionSchema>

const NamedSchema = Type.Object({ id: Type.String(), name: Type.String() })

const PoolSchema = Type.Object({
  id: Type.String(),
  /** Where the command line wrote the pool's private key (PEM) and its token. */
  files: Type.Object({ privateKey: Type.String(), token: Type.String() }),
})

export const checkRun = checker('run', RunSchema)
export const checkRuns = checker('runs', Type.Array(RunSchema))
export const checkNamed = checker('answer', NamedSchema)
export const checkPools = checker('pools', Type.Array(NamedSchema))
export const checkPool = checker('pool', PoolSchema)
