import { Refusal } from '../base/errors.ts'
import type { NewPool } from '../graphql/services.ts'
import type { PoolRecord } from './table.ts'

const maxName = 200
const maxText = 10_000
const maxLabels = 200

type PoolWish = Partial<Pick<PoolRecord, 'description' | 'labels' | 'space' | 'driftDetectionRunLimit'>> & {
  name: string
}

/** What somebody wants a pool to be, checked. What was not named is not in it. Throws the Refusal `bad-request` with every problem. */
export function checkPool(pool: Omit<NewPool, 'certificateSigningRequest'>): PoolWish {
  const problems = problemsOf(pool)
  if (problems.length > 0) throw new Refusal('bad-request', problems.join('; '))
  const { description, labels, driftDetectionRunLimit } = pool
  return {
    name: pool.name.trim(),
    ...(description === undefined ? {} : { description }),
    ...(labels === undefined ? {} : { labels }),
    ...(pool.space ? { space: pool.space } : {}),
    ...(driftDetectionRunLimit === undefined ? {} : { driftDetectionRunLimit }),
  }
}

function problemsOf(pool: Omit<NewPool, 'certificateSigningRequest'>): readonly string[] {
  const name = pool.name.trim()
  const limit = pool.driftDetectionRunLimit ?? 0
  const labels = pool.labels ?? []
  const checks: readonly (readonly [boolean, string])[] = [
    [name !== '', 'pool name: is empty'],
    [name.length <= maxName, `pool name: expected at most ${maxName} characters, got ${name.length}`],
    [!/\p{Cc}/u.test(name), 'pool name: has control characters'],
    [(pool.description ?? '').length <= maxText, `pool description: expected at most ${maxText} characters`],
    [labels.length <= maxLabels, `pool labels: expected at most ${maxLabels}, got ${labels.length}`],
    [labels.every((label) => label.length <= maxName), `pool labels: expected at most ${maxName} characters each`],
    [Number.isSafeInteger(limit) && limit >= 0, `pool drift detection run limit: expected 0 or more, got ${limit}`],
  ]
  return checks.filter(([holds]) => !holds).map(([, problem]) => problem)
}
