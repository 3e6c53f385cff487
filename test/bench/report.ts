import type { MachineFacts } from './machine.ts'
import type { Step } from './measures/steps.ts'
import { quantile, ratioOf, summarize, type Summary } from './statistics.ts'
import { layOut, rounded, type Column } from './table.ts'
import { measures, type MeasureId, type Target } from './targets.ts'

/** A measure's samples and those of its floor, in the measure's unit, in the order of the rounds. */
export interface Measured {
  readonly id: MeasureId
  readonly ours: readonly number[]
  readonly floor: readonly number[]
}

/** Something beside the measures that tells where they come from. */
export interface Note {
  readonly title: string
  readonly value: string
}

/** Something that could not be measured, and why. */
export interface Unmeasured {
  readonly what: string
  readonly why: string
}

/** All that a bench found. */
export interface Report {
  readonly machine: MachineFacts
  readonly measured: readonly Measured[]
  readonly notes: readonly Note[]
  /** Where the time of a no-op run goes. */
  readonly steps: readonly Step[]
  readonly unmeasured: readonly Unmeasured[]
}

const columns: readonly Column[] = [
  { heading: 'what', align: 'left' },
  { heading: 'unit', align: 'left' },
  { heading: 'n', align: 'right' },
  { heading: 'median', align: 'right' },
  { heading: 'p90', align: 'right' },
  { heading: 'floor median', align: 'right' },
  { heading: 'floor p90', align: 'right' },
  { heading: 'ratio', align: 'right' },
  { heading: 'target', align: 'left' },
]

/** Everything but the machine's facts, for people. */
export function reportText(report: Report): string {
  const sections = [measuresText(report), notesText(report), stepsText(report), unmeasuredText(report)]
  return sections.filter((text) => text !== '').join('\n')
}

/** Everything, samples included, with what is counted from them. */
export function reportJson(report: Report): object {
  const measured = report.measured.map(({ id, ours, floor }) => ({
    id,
    ...measures[id],
    ratio: ratioOf(ours, floor),
    ours: { ...summaryOf(id, ours), samples: ours },
    floor: { ...summaryOf(id, floor), samples: floor, what: measures[id].floor },
  }))
  return { ...report, machine: Object.fromEntries(report.machine), measured }
}

/** The measures as a table, with what their floors are below it. */
function measuresText({ measured }: Report): string {
  if (measured.length === 0) return ''
  const floors = measured.map(({ id }) => [measures[id].title, measures[id].floor, measures[id].target.note])
  const headings: Column[] = ['what', 'its floor', 'beside'].map((heading) => ({ heading, align: 'left' }))
  return `${layOut(columns, measured.map(row))}\n${layOut(headings, floors)}`
}

function row({ id, ours, floor }: Measured): string[] {
  const { title, unit, target } = measures[id]
  const cells = [ours, floor].flatMap((samples) => {
    const { median, p90 } = summaryOf(id, samples)
    return [rounded(median), rounded(p90)]
  })
  return [title, unit, String(ours.length), ...cells, ratioOf(ours, floor).toFixed(2), targetText(target)]
}

/** p90 is what nine of ten samples are no worse than: of what is to be high, that is the low end. */
function summaryOf(id: MeasureId, samples: readonly number[]): Summary {
  const summary = summarize(samples)
  return measures[id].target.bound === 'at most' ? summary : { ...summary, p90: quantile(samples, 0.1) }
}

function targetText({ bound, ratio }: Target): string {
  return `${bound} ${ratio}`
}

function notesText({ notes }: Report): string {
  return notes.map(({ title, value }) => `${title}: ${value}\n`).join('')
}

function stepsText({ steps }: Report): string {
  if (steps.length === 0) return ''
  const headings = [
    { heading: 'ms after the message', align: 'right' },
    { heading: 'answered in', align: 'right' },
    { heading: 'step of a no-op run (medians)', align: 'left' },
  ] as const
  const ms = (value: number | null) => (value === null ? '' : value.toFixed(1))
  return layOut(
    headings,
    steps.map(({ name, atMs, tookMs }) => [ms(atMs), ms(tookMs), name]),
  )
}

function unmeasuredText({ unmeasured }: Report): string {
  return unmeasured.map(({ what, why }) => `NOT MEASURED: ${what}: ${why}\n`).join('')
}
