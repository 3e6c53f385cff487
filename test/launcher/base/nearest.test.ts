import { expect, it } from 'vitest'
import { nearest } from '../../../launcher/src/base/nearest.ts'

const names = ['init', 'plan', 'apply', 'destroy', 'planChangesExitCode']

it.each([
  ['plna', 'plan'],
  ['aply', 'apply'],
  ['Destroy', 'destroy'],
  ['dsetory', 'destroy'],
  ['planChangeExitcode', 'planChangesExitCode'],
  ['plan_changes_exit_code', 'planChangesExitCode'],
])('takes %s for %s', (written, meant) => expect(nearest(written, names)).toBe(meant))

it.each(['', 'p', 'lock', 'x'.repeat(65), 'teardown'])('takes %s for nothing', (written) =>
  expect(nearest(written, names)).toBeNull(),
)

it('knows no name where there is none', () => expect(nearest('plan', [])).toBeNull())
