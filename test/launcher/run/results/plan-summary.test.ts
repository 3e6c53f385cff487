import { describe, expect, it } from 'vitest'
import { maxChanges } from '../../../../protocol/results.ts'
import { PlanReader, summaryText } from '../../../../launcher/src/run/results/plan-summary.ts'

const change = (address: string, actions: readonly string[], more: object = {}) => ({
  address,
  mode: 'managed',
  type: 'null_resource',
  change: { actions, before: { password: 'hunter2' } },
  ...more,
})
const imported = (address: string, actions: readonly string[]) =>
  change(address, actions, { change: { actions, importing: { id: 'x' } } })

function read(changes: readonly object[]): PlanReader {
  const reader = new PlanReader()
  reader.write(Buffer.from(JSON.stringify({ format_version: '1.2', resource_changes: changes })))
  return reader
}

describe('PlanReader', () => {
  it('counts as the tool does, and names what changes without a value of it', () => {
    const { results, unread } = read([
      change('null_resource.same', ['no-op']),
      change('null_resource.new', ['create']),
      imported('null_resource.other', ['update']),
      change('null_resource.replaced', ['delete', 'create']),
      change('null_resource.gone', ['delete']),
      change('null_resource.left', ['forget']),
      imported('null_resource.taken', ['no-op']),
      change('null_resource.moved', ['no-op'], { previous_address: 'null_resource.before' }),
      change('data.x.y', ['read'], { mode: 'data' }),
    ])
    expect(results).toMatchObject({ add: 2, change: 1, destroy: 2, forget: 1, import: 2, resources: 6 })
    expect(results.changes.map(({ address, action }) => [address.slice(14), action])).toEqual([
      ['new', 'add'],
      ['other', 'change'],
      ['replaced', 'replace'],
      ['gone', 'destroy'],
      ['left', 'forget'],
      ['taken', 'import'],
      ['moved', 'move'],
    ])
    expect(JSON.stringify(results)).not.toContain('hunter2')
    expect(unread).toBe(0)
    expect(summaryText(results)).toBe('+2 ~1 -2, 2 to import, 1 to forget')
  })

  it('names so many changes and counts all', () => {
    const many = Array.from({ length: maxChanges + 5 }, (_, index) => change(`a.b[${index}]`, ['create']))
    const { results } = read(many)
    expect(results.add).toBe(maxChanges + 5)
    expect(results.changes).toHaveLength(maxChanges)
  })

  it('counts what it cannot read', () => {
    expect(read([{}, { address: 1, change: { actions: [] } }, { address: 'a', change: null }]).unread).toBe(3)
  })
})
