import { parseArgs } from 'node:util'

/** The parts of the bench that can be measured alone. */
export const parts = ['no-op', 'throughput', 'masking', 'process'] as const
export type Part = (typeof parts)[number]

/** What was asked for. */
export interface Options {
  readonly help: boolean
  /** Rounds of the containers and of the processes; the first one, which warms up, is not among them. */
  readonly runs: number
  readonly throughputRuns: number
  /** Size of the flood of one round. */
  readonly mebibytes: number
  readonly only: readonly Part[]
  /** Another build of the launcher to measure in place of the repository's, or null. */
  readonly launcher: string | null
  /** Where the numbers go as JSON, or null. */
  readonly json: string | null
}

/** Arguments that cannot be used; the message says all that is wrong with them. */
export class UsageError extends Error {}

export const usage = `npm run bench -- [OPTIONS]

Measures the launcher beside what the same machine reaches without it, in turns. Needs root and Docker's dockerd and containerd.

  --runs N             rounds (20)
  --throughput-runs N  rounds of the flood and of masking (5)
  --mebibytes N        size of the flood (128)
  --only PART,...      of ${parts.join(', ')} (all)
  --launcher FILE      another build of the launcher, in place of launcher/bin.js
  --json FILE          all samples as JSON, too
  --help               this text
`

/** Reads the arguments. Throws a UsageError. */
export function readOptions(words: readonly string[]): Options {
  const { values, problems } = parsed(words)
  const only = values.only?.split(',') ?? [...parts]
  const read = {
    help: values.help ?? false,
    runs: Number(values.runs),
    throughputRuns: Number(values['throughput-runs']),
    mebibytes: Number(values.mebibytes),
    only: parts.filter((part) => only.includes(part)),
    launcher: values.launcher ?? null,
    json: values.json ?? null,
  }
  const numbers = { runs: read.runs, 'throughput-runs': read.throughputRuns, mebibytes: read.mebibytes }
  const wrong = Object.entries(numbers).filter(([, value]) => !Number.isInteger(value) || value < 1 || value > 10_000)
  const unknown = only.filter((name) => !parts.some((part) => part === name))
  const all = [
    ...problems,
    ...wrong.map(([name]) => `--${name}: expected a whole number from 1 to 10000`),
    ...unknown.map((name) => `--only: expected ${parts.join(', ')}, got ${JSON.stringify(name)}`),
  ]
  if (all.length > 0) throw new UsageError(`${all.join('; ')}. See npm run bench -- --help.`)
  return read
}

const flags = {
  help: { type: 'boolean', short: 'h' },
  runs: { type: 'string', default: '20' },
  'throughput-runs': { type: 'string', default: '5' },
  mebibytes: { type: 'string', default: '128' },
  only: { type: 'string' },
  launcher: { type: 'string' },
  json: { type: 'string' },
} as const

function parsed(words: readonly string[]) {
  try {
    return { values: parseArgs({ args: [...words], options: flags }).values, problems: [] }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { values: parseArgs({ args: [], options: flags }).values, problems: [why] }
  }
}
