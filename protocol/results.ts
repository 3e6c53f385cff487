import { Type, type Static, type TSchema } from 'typebox'
import { checker } from './decoded.ts'

/** Largest document of results, in bytes. */
export const maxResultsBytes = 16 * 1024 * 1024

/** Most changes, outputs and plan inputs of a job that are told one by one. */
export const maxChanges = 20_000
export const maxOutputs = 1000
export const maxPlanInputs = 50

/** What a plan does to a resource. A resource that is replaced counts as one to add and one to destroy. */
export const changeActions = ['add', 'change', 'destroy', 'replace', 'import', 'move', 'forget'] as const
export type ChangeAction = (typeof changeActions)[number]

const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const Count = Type.Integer({ minimum: 0 })
const Address = Type.String({ minLength: 1, maxLength: 4096 })

const PlanSchema = Type.Object({
  add: Count,
  change: Count,
  destroy: Count,
  import: Count,
  forget: Count,
  /** Resources that there are once the plan is applied. */
  resources: Count,
  /** Those that change, in the tool's order; never their values. The first `maxChanges` of them. */
  changes: Type.Array(
    Type.Object({
      address: Address,
      previousAddress: nullable(Address),
      type: Type.String({ maxLength: 1024 }),
      action: Type.Enum(changeActions),
    }),
    { maxItems: maxChanges },
  ),
})

const OutputSchema = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 256 }),
  sensitive: Type.Boolean(),
  /** JSON; null: kept back, because it is sensitive or too long. */
  value: nullable(Type.String()),
})

const PlanInputSchema = Type.Object({
  key: Type.String({ pattern: '^[A-Za-z0-9_.-]{1,100}$' }),
  /** JSON. */
  content: Type.String(),
})

const ResultsSchema = Type.Object({
  /** Null: the job made no plan, or it could not be read. */
  plan: nullable(PlanSchema),
  /** All outputs of the stack after the job; null: they did not change here. */
  outputs: nullable(Type.Array(OutputSchema, { maxItems: maxOutputs })),
  /** What `<key>.custom.spacelift.json` held in the project's directory. */
  planInputs: Type.Array(PlanInputSchema, { maxItems: maxPlanInputs }),
})

/** What a job found and made, beside its log: `PUT /v1/jobs/{job}/results`. A run never fails for it. */
export type Results = Static<typeof ResultsSchema>
export type PlanResults = Static<typeof PlanSchema>
export type PlanChange = PlanResults['changes'][number]
export type OutputResult = Static<typeof OutputSchema>
export type PlanInput = Static<typeof PlanInputSchema>

export const checkResults = checker('results', ResultsSchema)
