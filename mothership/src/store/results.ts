import type { PlanChange } from '../../../protocol/results.ts'
import type { OutputRecord, PlanCounts, PlanInputRecord, ResultTable } from '../results/table.ts'
import type { Connection } from './database.ts'

/** Rows that go into one statement: SQLite has a bound for its variables. */
const rowsAtOnce = 100

/** Results of runs in SQL. */
export class StoredResults implements ResultTable {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async setPlan(run: string, counts: PlanCounts, changes: readonly PlanChange[]): Promise<void> {
    const { add, change, destroy, import: imported, forget, resources } = counts
    const row = { add, change, destroy, imported, forget, resources, changes: JSON.stringify(changes) }
    await this.#connection
      .insertInto('run_plans')
      .values({ run, ...row })
      .onConflict((conflict) => conflict.column('run').doUpdateSet(row))
      .execute()
  }

  async counts(run: string): Promise<PlanCounts | null> {
    const query = this.#connection.selectFrom('run_plans').where('run', '=', run)
    const row = await query
      .select(['add', 'change', 'destroy', 'imported as import', 'forget', 'resources'])
      .executeTakeFirst()
    return row ?? null
  }

  async changes(run: string): Promise<readonly PlanChange[]> {
    const query = this.#connection.selectFrom('run_plans').select('changes').where('run', '=', run)
    const row = await query.executeTakeFirst()
    return row ? (JSON.parse(row.changes) as PlanChange[]) : []
  }

  async setPlanInputs(run: string, inputs: readonly PlanInputRecord[]): Promise<void> {
    await this.#connection.deleteFrom('plan_inputs').where('run', '=', run).execute()
    for (const { key, content } of inputs) {
      await this.#connection.insertInto('plan_inputs').values({ run, key, content }).execute()
    }
  }

  async planInputs(run: string): Promise<readonly PlanInputRecord[]> {
    const query = this.#connection.selectFrom('plan_inputs').select(['key', 'content']).where('run', '=', run)
    return query.orderBy('key').execute()
  }

  async setOutputs(stack: string, outputs: readonly OutputRecord[]): Promise<void> {
    await this.#connection.deleteFrom('stack_outputs').where('stack', '=', stack).execute()
    for (let at = 0; at < outputs.length; at += rowsAtOnce) {
      const rows = outputs.slice(at, at + rowsAtOnce).map(({ sensitive, updatedAt, ...same }) => {
        return { ...same, stack, sensitive: Number(sensitive), updated_at: updatedAt }
      })
      await this.#connection.insertInto('stack_outputs').values(rows).execute()
    }
  }

  async outputs(stack: string): Promise<readonly OutputRecord[]> {
    const query = this.#connection.selectFrom('stack_outputs').selectAll().where('stack', '=', stack)
    return (await query.orderBy('name').execute()).map(({ name, sensitive, value, run, updated_at: updatedAt }) => {
      return { name, sensitive: sensitive === 1, value, run, updatedAt }
    })
  }
}
