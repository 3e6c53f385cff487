import type { OutputResult, PlanChange, Results as JobResults } from '../../../protocol/results.ts'
import type { Clock } from '../base/clock.ts'
import type { OutputView, ResultAdministration } from '../graphql/result-services.ts'
import type { Secrets } from '../secrets/secrets.ts'
import type { Store, Tables } from '../store/store.ts'
import type { OutputRecord, PlanCounts, PlanInputRecord } from './table.ts'

export interface ResultsParts {
  readonly store: Store
  readonly secrets: Secrets
  readonly clock: Clock
}

/** Whose results come, and what is taken of them. */
export interface ResultsOf {
  readonly run: string
  readonly stack: string
  /** Whether the job could change the stack's outputs. */
  readonly changes: boolean
  /** Whether the stack lets sensitive outputs be kept. */
  readonly sensitive: boolean
}

/** What runs found and made: plans, outputs, inputs of plan policies. Sensitive values are sealed before they reach the database. */
export class Results implements ResultAdministration {
  readonly #parts: ResultsParts

  constructor(parts: ResultsParts) {
    this.#parts = parts
  }

  /** Keeps what a job told. The same once more changes nothing. */
  async keep(tables: Tables, about: ResultsOf, { plan, outputs, planInputs }: JobResults): Promise<void> {
    if (plan) {
      const { changes, ...counts } = plan
      await tables.results.setPlan(about.run, counts, changes)
    }
    if (planInputs.length > 0) await tables.results.setPlanInputs(about.run, unique(planInputs))
    if (outputs && about.changes) await tables.results.setOutputs(about.stack, this.#sealed(about, outputs))
  }

  counts(run: string): Promise<PlanCounts | null> {
    return this.#parts.store.read((tables) => tables.results.counts(run))
  }

  changes(run: string): Promise<readonly PlanChange[]> {
    return this.#parts.store.read((tables) => tables.results.changes(run))
  }

  planInputs(run: string): Promise<readonly PlanInputRecord[]> {
    return this.#parts.store.read((tables) => tables.results.planInputs(run))
  }

  async outputs(stack: string, { sensitive }: { readonly sensitive: boolean }): Promise<readonly OutputView[]> {
    const records = await this.#parts.store.read((tables) => tables.results.outputs(stack))
    return records.map((record) => ({ ...record, value: this.#opened(stack, record, sensitive) }))
  }

  #sealed({ run, stack, sensitive: allowed }: ResultsOf, outputs: readonly OutputResult[]): OutputRecord[] {
    const updatedAt = this.#parts.clock.now()
    const byName = new Map(outputs.map((output) => [output.name, output]))
    return [...byName.values()].map(({ name, sensitive, value }) => {
      const kept = sensitive && !allowed ? null : value
      const stored = kept !== null && sensitive ? this.#parts.secrets.seal(kept, contextOf(stack, name)) : kept
      return { name, sensitive, value: stored, run, updatedAt }
    })
  }

  #opened(stack: string, { name, sensitive, value }: OutputRecord, wanted: boolean): string | null {
    if (!sensitive || value === null) return value
    return wanted ? this.#parts.secrets.open(value, contextOf(stack, name)) : null
  }
}

function contextOf(stack: string, name: string): string {
  return `stack/${stack}/outputs/${name}`
}

function unique(inputs: readonly PlanInputRecord[]): PlanInputRecord[] {
  return [...new Map(inputs.map((input) => [input.key, input])).values()]
}
