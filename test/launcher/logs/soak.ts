import { firstDifference } from './million.ts'

const usage = `npm run soak:masking -- [CASES] [SEED]

Masks so many generated streams (100000000) and compares each with the definition. Ends with 1 and the case at the first that differs.
`

/** The long form of the test beside this file. */
function main(words: readonly string[]): number {
  const [cases = 100_000_000, seed = Date.now() % 2 ** 31] = words.map(Number)
  if (![cases, seed].every((value) => Number.isSafeInteger(value) && value >= 0)) {
    process.stderr.write(usage)
    return 2
  }
  const started = performance.now()
  const found = firstDifference(cases, seed)
  const seconds = Math.round((performance.now() - started) / 1000)
  process.stdout.write(
    found === null
      ? `${cases} streams from seed ${seed} on, masked as the definition has it, in ${seconds} s\n`
      : `${JSON.stringify(found, null, 2)}\n`,
  )
  return found === null ? 0 : 1
}

process.exitCode = main(process.argv.slice(2))
