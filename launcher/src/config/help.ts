import { groups, type Group, type Option } from './option.ts'
import { options } from './options.ts'

/** A row of the table of settings as people read it. */
export interface Described {
  readonly group: Group
  readonly name: string
  readonly format: string
  readonly byDefault: string
  readonly doc: string
  /** What is expected, as bad input is told. */
  readonly expected: string
}

/** The table of settings in its order, for `--help` and generated documentation. */
export function describeOptions(): Described[] {
  return Object.values<Option<unknown>>(options).map((option) => ({
    group: option.group,
    name: option.kind === 'family' ? `${option.env}<key>` : option.env,
    format: option.format.name,
    byDefault: byDefault(option),
    doc: option.doc,
    expected: option.format.expected,
  }))
}

/** What `--help` prints. */
export function helpText(version: string): string {
  return [
    `spacelift-launcher ${version}: runs infrastructure-as-code jobs of one worker pool in Docker containers, one at a time.`,
    '',
    'Usage: spacelift-launcher             works until a signal says otherwise',
    '       spacelift-launcher check       shows the settings and asks the far ends; exits with 0 or 78',
    '           --offline                  shows the settings only',
    '           --image                    also asks the registry for the default image',
    '           --json                     writes one JSON document',
    '       spacelift-launcher policy test POLICY.rego INPUT.json',
    '                                      prints why the policy denies; exits with 0 (allowed), 1 (denied) or 78 (invalid)',
    '       spacelift-launcher journal show [JOB]',
    '                                      says what is on disk about jobs, and what the next launcher does about them',
    '       spacelift-launcher --help | --version',
    '',
    'All settings are environment variables.',
    ...groups.flatMap((group) => ['', `${group}:`, ...rowsOf(group)]),
    '',
    'Signals: the first SIGTERM or SIGINT lets the job in hand finish and then ends the launcher; the second interrupts the',
    'job so that its tool can end well; the third ends the launcher at once.',
    '',
    'Exit codes: 0 ended as asked, 1 a fault of the launcher, or its deadline passed, 2 a wrong command line,',
    '75 no room on the disk for another job, 78 a configuration that cannot work, 130 ended at once.',
    '',
  ].join('\n')
}

function rowsOf(group: Group): string[] {
  return describeOptions()
    .filter((row) => row.group === group)
    .flatMap((row) => [`  ${row.name}`, `      ${row.doc}`, `      ${row.format}; ${row.byDefault}`])
}

function byDefault(option: Option<unknown>): string {
  switch (option.kind) {
    case 'either':
      return `required, unless ${option.or} is set`
    case 'defaulted':
      return `default: ${option.fallback}`
    case 'optional':
      return `default: ${option.unset}`
    case 'family':
      return 'any number of them'
  }
}
