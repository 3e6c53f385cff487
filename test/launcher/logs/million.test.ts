import { expect, it } from 'vitest'
import { firstDifference } from './million.ts'

it('masks a million generated streams as the definition has it', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  expect(firstDifference(1_000_000, seed)).toBe(null)
}, 120_000)
