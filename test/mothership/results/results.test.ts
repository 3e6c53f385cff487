import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Results as JobResults } from '../../../protocol/results.ts'
import { Results } from '../../../mothership/src/results/results.ts'
import { Secrets } from '../../../mothership/src/secrets/secrets.ts'
import { Store } from '../../../mothership/src/store/store.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

const nothing: JobResults = { plan: null, outputs: null, planInputs: [] }
const about = { run: '01JRVN00000000000000000001', stack: 's', changes: true, sensitive: true }

async function world(): Promise<{ store: Store; results: Results } & AsyncDisposable> {
  const store = await Store.open(':memory:')
  const results = new Results({ store, secrets: new Secrets(randomBytes(32)), clock: new ManualClock() })
  return { store, results, [Symbol.asyncDispose]: () => store.close() }
}

describe('Results', () => {
  it('keeps outputs, and seals sensitive ones before they reach the database', async () => {
    await using kept = await world()
    const { store, results } = kept
    const outputs = [
      { name: 'name', sensitive: false, value: '"x"' },
      { name: 'password', sensitive: true, value: '"hunter2"' },
    ]
    await store.transaction((tables) => results.keep(tables, about, { ...nothing, outputs }))
    const rows = await store.read((tables) => tables.results.outputs('s'))
    expect(JSON.stringify(rows)).not.toContain('hunter2')
    expect((await results.outputs('s', { sensitive: false })).map(({ value }) => value)).toEqual(['"x"', null])
    expect((await results.outputs('s', { sensitive: true })).map(({ value }) => value)).toEqual(['"x"', '"hunter2"'])
    await store.transaction((tables) => results.keep(tables, about, { ...nothing, outputs: outputs.slice(0, 1) }))
    expect(await results.outputs('s', { sensitive: true })).toHaveLength(1)
  })

  it('keeps no sensitive value that the stack does not allow, whatever a worker sends', async () => {
    await using kept = await world()
    const outputs = [{ name: 'password', sensitive: true, value: '"hunter2"' }]
    const refused = { ...about, sensitive: false }
    await kept.store.transaction((tables) => kept.results.keep(tables, refused, { ...nothing, outputs }))
    expect(await kept.results.outputs('s', { sensitive: true })).toMatchObject([{ name: 'password', value: null }])
  })

  it('takes no outputs of a job that could not change them', async () => {
    await using kept = await world()
    const outputs = [{ name: 'name', sensitive: false, value: '1' }]
    await kept.store.transaction((tables) =>
      kept.results.keep(tables, { ...about, changes: false }, { ...nothing, outputs }),
    )
    expect(await kept.results.outputs('s', { sensitive: false })).toEqual([])
  })
})
