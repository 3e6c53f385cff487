import type { Format } from './option.ts'

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
}

/** The least that Docker accepts for a container (https://docs.docker.com/engine/containers/resource_constraints/). */
const leastMemoryBytes = 6 * 2 ** 20

/** Bytes, as Kubernetes writes quantities of memory. */
export const memory: Format<number> = {
  name: 'bytes',
  expected: 'a number of bytes, at least 6Mi, such as 536870912, 512Mi or 2Gi',
  parse(text) {
    const match = /^(\d+(?:\.\d+)?(?:[eE]\d{1,2}(?=$))?)([kKMGTP]i?|m|)$/.exec(text)
    const bytes = Math.floor(Number(match?.[1]) * (unitBytes[match?.[2] ?? ''] ?? Number.NaN))
    return Number.isSafeInteger(bytes) && bytes >= leastMemoryBytes ? bytes : null
  },
}

/** Processors, as Kubernetes writes quantities of them: 1.5 and 1500m are the same. */
export const cpus: Format<number> = {
  name: 'processors',
  expected: 'a number of processors from 0.01 to 1024, such as 2, 1.5 or 500m',
  parse(text) {
    const match = /^(\d{1,7}(?:\.\d{1,9})?)(m?)$/.exec(text)
    const value = Number(match?.[1]) / (match?.[2] ? 1000 : 1)
    return value >= 0.01 && value <= 1024 ? value : null
  },
}
