import type { PlanChange } from '../../../protocol/results.ts'
import type { PlanCounts, PlanInputRecord } from '../results/table.ts'

/** An output of a stack. */
export interface OutputView {
  readonly name: string
  readonly sensitive: boolean
  /** JSON; null: kept back, or sensitive and not asked for. */
  readonly value: string | null
  readonly run: string
  readonly updatedAt: number
}

/** What the API for people needs of `results/`. */
export interface ResultAdministration {
  /** Null: the run has no plan, or it could not be read. */
  counts(run: string): Promise<PlanCounts | null>
  changes(run: string): Promise<readonly PlanChange[]>
  planInputs(run: string): Promise<readonly PlanInputRecord[]>
  /** In the order of their names. `sensitive`: with the values of sensitive outputs. */
  outputs(stack: string, options: { readonly sensitive: boolean }): Promise<readonly OutputView[]>
}
