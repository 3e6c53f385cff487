import { describe, expect, it } from 'vitest'
import { cpus, memory } from '../../../launcher/src/config/quantity.ts'

describe('memory', () => {
  it.each([
    ['536870912', 536_870_912],
    ['512Mi', 536_870_912],
    ['2Gi', 2_147_483_648],
    ['1.5Gi', 1_610_612_736],
    ['500M', 500_000_000],
    ['8000k', 8_000_000],
    ['1e9', 1_000_000_000],
    ['536870912000m', 536_870_912],
    ['1Pi', 2 ** 50],
  ])('reads %s', (text, bytes) => expect(memory.parse(text)).toBe(bytes))

  it.each(['', '512mb', '512 Mi', '-1', '5Mi', '0', '1e9Mi', '1e999', 'Mi', '512ki', '9999999Ti'])(
    'refuses %j',
    (text) => expect(memory.parse(text)).toBeNull(),
  )
})

describe('cpus', () => {
  it.each([
    ['2', 2],
    ['1.5', 1.5],
    ['500m', 0.5],
    ['0.01', 0.01],
  ])('reads %s', (text, processors) => expect(cpus.parse(text)).toBe(processors))

  it.each(['', '0', '-1', '1,5', 'two', '5000', '1m', '1.5.2'])('refuses %j', (text) =>
    expect(cpus.parse(text)).toBeNull(),
  )
})
