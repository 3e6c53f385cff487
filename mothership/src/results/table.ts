import type { PlanChange } from '../../../protocol/results.ts'

/** What a plan does, in numbers. */
export interface PlanCounts {
  readonly add: number
  readonly change: number
  readonly destroy: number
  readonly import: number
  readonly forget: number
  /** Resources that there are once the plan is applied. */
  readonly resources: number
}

/** An output of a stack as it is kept. */
export interface OutputRecord {
  readonly name: string
  readonly sensitive: boolean
  /** JSON; of a sensitive output its envelope; null: kept back. */
  readonly value: string | null
  /** The run that it is from, and when it came. */
  readonly run: string
  readonly updatedAt: number
}

/** What a run left for plan policies, as JSON. */
export interface PlanInputRecord {
  readonly key: string
  readonly content: string
}

/** Where the results of runs are kept. */
export interface ResultTable {
  /** Replaces the plan of a run. */
  setPlan(run: string, counts: PlanCounts, changes: readonly PlanChange[]): Promise<void>
  counts(run: string): Promise<PlanCounts | null>
  changes(run: string): Promise<readonly PlanChange[]>
  /** Replaces the inputs of a run. */
  setPlanInputs(run: string, inputs: readonly PlanInputRecord[]): Promise<void>
  planInputs(run: string): Promise<readonly PlanInputRecord[]>
  /** Replaces all outputs of a stack. */
  setOutputs(stack: string, outputs: readonly OutputRecord[]): Promise<void>
  /** In the order of their names. */
  outputs(stack: string): Promise<readonly OutputRecord[]>
}
