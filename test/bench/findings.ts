import type { MaskingSamples } from './measures/masking.ts'
import type { NoOpSamples } from './measures/no-op.ts'
import type { ProcessSample, ProcessSamples } from './measures/process.ts'
import type { ThroughputSamples } from './measures/throughput.ts'
import type { Report } from './report.ts'
import type { MemoryOverTime } from './rig/memory-watch.ts'
import { ratioOf, summarize } from './statistics.ts'
import { rounded } from './table.ts'

/** What a part of the bench adds to the report. */
export type Findings = Omit<Report, 'machine'>

/** Of a part that found nothing. */
export const nothingFound: Findings = { measured: [], notes: [], steps: [], unmeasured: [] }

/** Start and whole run beside `docker run --rm`; and, as a note, beside a container that is made as the launcher makes it. */
export function noOpFindings({ ours, floor, alike, steps }: NoOpSamples): Findings {
  const starts = [ours, floor, alike].map((times) => times.map(({ startMs }) => startMs))
  const wholes = [ours, floor, alike].map((times) => times.map(({ wholeMs }) => wholeMs))
  const beside = [starts, wholes].map(([own = [], , same = []]) => {
    const { median } = summarize(same)
    return `${rounded(median)} ms; ours is ${ratioOf(own, same).toFixed(2)} times that`
  })
  return {
    ...nothingFound,
    measured: [
      { id: 'start', ours: starts[0] ?? [], floor: starts[1] ?? [] },
      { id: 'whole', ours: wholes[0] ?? [], floor: wholes[1] ?? [] },
    ],
    notes: [
      { title: "the launcher's container by the raw API, started", value: beside[0] ?? '' },
      { title: "the launcher's container by the raw API, removed", value: beside[1] ?? '' },
    ],
    steps,
  }
}

/** Throughput, and as notes what the floods did to the launcher's memory. */
export function throughputFindings({ ours, floor, memory, slowMemory }: ThroughputSamples): Findings {
  return {
    ...nothingFound,
    measured: [{ id: 'throughput', ours, floor }],
    notes: [
      { title: "the launcher's memory over all floods", value: memoryText(memory) },
      { title: "the launcher's memory over a flood to a slow server", value: memoryText(slowMemory) },
    ],
  }
}

/** Masking alone, on one core. */
export function maskingFindings({ ten, hundred, wellKnown }: MaskingSamples): Findings {
  return {
    ...nothingFound,
    measured: [
      { id: 'masking', ...ten },
      { id: 'masking-100', ...hundred },
      { id: 'masking-well-known', ...wellKnown },
    ],
  }
}

function memoryText({ before, most, after }: MemoryOverTime): string {
  return `${rounded(before)} MiB before, ${rounded(most)} MiB at most, ${rounded(after)} MiB after`
}

/** Starts and memory of both launchers, beside the process that is their floor. */
export function processFindings({ source, bundled, oneConnection, empty }: ProcessSamples): Findings {
  const ready = (samples: readonly ProcessSample[]) => samples.map(({ readyMs }) => readyMs)
  const memory = (samples: readonly ProcessSample[]) => samples.map(({ mebibytes }) => mebibytes)
  return {
    ...nothingFound,
    measured: [
      { id: 'ready', ours: ready(source), floor: ready(oneConnection) },
      { id: 'ready-bundled', ours: ready(bundled), floor: ready(oneConnection) },
      { id: 'memory', ours: memory(source), floor: memory(empty) },
      { id: 'memory-bundled', ours: memory(bundled), floor: memory(empty) },
    ],
  }
}
