/** The tables of what runs found and made. */
export interface ResultSchema {
  run_plans: RunPlanRow
  plan_inputs: PlanInputRow
  stack_outputs: StackOutputRow
}

export interface RunPlanRow {
  run: string
  add: number
  change: number
  destroy: number
  imported: number
  forget: number
  resources: number
  changes: string
}

export interface PlanInputRow {
  run: string
  key: string
  content: string
}

export interface StackOutputRow {
  stack: string
  name: string
  sensitive: number
  value: string | null
  run: string
  updated_at: number
}
