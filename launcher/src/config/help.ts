import type { Option } from './option.ts'
import { options } from './options.ts'

/** A row of the table of settings as people read it. */
export interface Described {
  readonly name: string
  readonly format: string
  readonly byDefault: string
  readonly doc: string
}

/** The table of settings in its order, for `--help` and generated documentation. */
export function describeOptions(): Described[] {
  return Object.values<Option<unknown>>(options).map((option) => ({
    name: option.kind === 'family' ? `${option.env}<key>` : option.env,
    format: option.format.name,
    byDefault: byDefault(option),
    doc: option.doc,
  }))
}

/** What `--help` prints. */
export function helpText(version: string): string {
  const rows = describeOptions().flatMap((row) => [
    `  ${row.name}`,
    `      ${row.doc}`,
    `      ${row.format}; ${row.byDefault}`,
  ])
  return [
    `spacelift-launcher ${version}: runs infrastructure-as-code jobs of one worker pool in Docker containers, one at a time.`,
    '',
    'Usage: spacelift-launcher [--help | --version]',
    '',
    'All settings are environment variables:',
    '',
    ...rows,
    '',
    'Signals: the first SIGTERM or SIGINT lets the job in hand finish and then ends the launcher; the second interrupts the',
    'job so that its tool can end well; the third ends the launcher at once.',
    '',
    'Exit codes: 0 ended as asked, 1 a fault of the launcher, 78 a configuration that cannot work, 130 ended at once.',
    '',
  ].join('\n')
}

function byDefault(option: Option<unknown>): string {
  switch (option.kind) {
    case 'required':
      return 'required'
    case 'defaulted':
      return `default: ${option.fallback}`
    case 'optional':
      return `default: ${option.unset}`
    case 'family':
      return 'any number of them'
  }
}
