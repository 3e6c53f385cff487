import { readFileSync } from 'node:fs'
import { failures } from '../../launcher/src/base/errors.ts'
import type { FailureCode } from '../../launcher/src/base/errors.ts'
import { describeOptions } from '../../launcher/src/config/help.ts'
import { groups } from '../../launcher/src/config/option.ts'
import { Metrics } from '../../launcher/src/lifecycle/metrics.ts'
import { failureTexts } from './failure-texts.ts'
import { table, type Parts } from './parts.ts'

/** The parts of `launcher/README.md` that follow from the code. */
export async function launcherParts(): Promise<Parts> {
  return { unit: unitFile(), options: optionTables(), metrics: await metricsTable(), failures: failuresTable() }
}

function unitFile(): string {
  const text = readFileSync(new URL('../../launcher/machine/spacelift-launcher.service', import.meta.url), 'utf8')
  return `\`\`\`ini\n${text.trimEnd()}\n\`\`\``
}

function optionTables(): string {
  const described = describeOptions()
  const tables = groups.map((group) => {
    const rows = described
      .filter((option) => option.group === group)
      .map(({ name, byDefault, expected, doc }) => [`\`${name}\``, defaultIn(byDefault), expected, doc])
    return `### ${group}\n\n${table(['name', 'default', 'expected', 'meaning'], rows)}`
  })
  return tables.join('\n\n')
}

function defaultIn(byDefault: string): string {
  return byDefault.replace(/^default: /, '')
}

/** Whose turn it is, by whose doing a failure was. */
const turns = {
  run: "the run's owner",
  person: 'nobody',
  host: "the worker's operator",
  launcher: "the pool's operator",
  control: "the control plane's operator",
} as const

function failuresTable(): string {
  const rows = Object.entries(failures).map(([code, { fault }]) => [
    `\`${code}\``,
    turns[fault],
    failureTexts[code as FailureCode],
  ])
  return table(['code', 'whose turn', 'what it means, and what to do'], rows)
}

/** By what a scraper is told: the text of the exposition has a line of help for each metric, whether it was counted yet or not. */
async function metricsTable(): Promise<string> {
  const metrics = new Metrics({
    state: () => 'ready',
    busy: () => false,
    heartbeatAgeMs: () => null,
    certificateExpiresAt: () => 0,
    markPending: () => false,
    version: '',
  })
  const { text } = await metrics.exposition()
  const rows = [...text.matchAll(/^# HELP (spacelift_\w+) (.*)\n# TYPE \w+ (\w+)$/gm)].map(
    ([, name = '', help = '', type = '']) => [`\`${name}\``, type, help],
  )
  return table(['name', 'type', 'meaning'], rows)
}
