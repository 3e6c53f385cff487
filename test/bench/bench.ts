import {
  maskingFindings,
  nothingFound,
  noOpFindings,
  processFindings,
  throughputFindings,
  type Findings,
} from './findings.ts'
import type { MachineFacts } from './machine.ts'
import { measureMasking } from './measures/masking.ts'
import { measureNoOp } from './measures/no-op.ts'
import { measureProcess } from './measures/process.ts'
import { measureThroughput } from './measures/throughput.ts'
import type { Part } from './options.ts'
import type { Report } from './report.ts'
import type { Rig } from './rig/rig.ts'

const measure: Readonly<Record<Part, (rig: Rig) => Promise<Findings>>> = {
  'no-op': async (rig) => noOpFindings(await measureNoOp(rig)),
  throughput: async (rig) => throughputFindings(await measureThroughput(rig)),
  masking: async (rig) => maskingFindings(await measureMasking(rig)),
  process: async (rig) => processFindings(await measureProcess(rig)),
}

/** Measures what was asked for, one part after the other. A part that fails is told in the report, and the others go on. */
export async function bench(rig: Rig, machine: MachineFacts): Promise<Report> {
  const found: Findings[] = []
  for (const part of rig.options.only) found.push(await attempt(rig, part))
  return {
    machine,
    measured: found.flatMap(({ measured }) => measured),
    notes: found.flatMap(({ notes }) => notes),
    steps: found.flatMap(({ steps }) => steps),
    unmeasured: found.flatMap(({ unmeasured }) => unmeasured),
  }
}

async function attempt(rig: Rig, part: Part): Promise<Findings> {
  try {
    return await measure[part](rig)
  } catch (error) {
    rig.signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    return { ...nothingFound, unmeasured: [{ what: part, why }] }
  }
}
