import type { Format } from './option.ts'

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Timers of Node hold 2^31 - 1 ms, about 596 hours, and fire at once beyond that. */
const maxMs = 500 * 3_600_000

const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y

/** A positive duration as Go's `time.ParseDuration` reads it (https://pkg.go.dev/time#ParseDuration), in milliseconds. */
export const duration: Format<number> = {
  name: 'duration',
  expected: 'a duration above zero and up to 500h, such as 70m, 1h30m or 1000s',
  parse(text) {
    const ms = millisecondsOf(text.replace(/^\+/, ''))
    return ms !== null && ms >= 1 && ms <= maxMs ? Math.round(ms) : null
  },
}

function millisecondsOf(text: string): number | null {
  let total = 0
  const pattern = new RegExp(part)
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text)
    if (!match) return null
    total += Number(match[1]) * (unitMs[match[2] ?? ''] ?? Number.NaN)
  }
  return text === '' ? null : total
}
