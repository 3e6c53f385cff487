import type { CheckReport, FarEnd } from './check.ts'
import type { ResolvedSetting } from './config/resolved.ts'

/** A check's report for a person: what was asked for, aligned, and last what to do about it. */
export function checkText(report: CheckReport): string {
  const { version, settings, identity, farEnds, warnings, problems } = report
  const every = settings.flatMap((group) => group.settings)
  const widths = [widest(every.map(({ name }) => name)), widest(every.map(valueOf))] as const
  return [
    `spacelift-launcher ${version}`,
    ...settings.flatMap((group) => ['', group.group, ...group.settings.map((setting) => row(setting, widths))]),
    ...(identity
      ? ['', 'Identity', `  pool ${identity.pool}, certificate valid until ${identity.certificateUntil}`]
      : []),
    ...(farEnds.length > 0 ? ['', 'Far ends', ...farEndRows(farEnds)] : []),
    ...section('Warnings', warnings),
    ...section('Problems', problems),
    '',
    verdict(report),
    '',
  ].join('\n')
}

/** A column is not made wider than this by one long value. */
const maxWidth = 64

function widest(texts: readonly string[]): number {
  return Math.min(maxWidth, Math.max(0, ...texts.map((text) => text.length)))
}

function valueOf({ value, meaning }: ResolvedSetting): string {
  return value ?? `(${meaning ?? 'not set'})`
}

function originOf({ from, file }: ResolvedSetting): string {
  if (from === 'unset') return ''
  return file === null ? from : `file ${file}`
}

function row(setting: ResolvedSetting, [name, value]: readonly [number, number]): string {
  return `  ${setting.name.padEnd(name)}  ${valueOf(setting).padEnd(value)}  ${originOf(setting)}`.trimEnd()
}

function farEndRows(farEnds: readonly FarEnd[]): string[] {
  const [name, address] = [widest(farEnds.map((each) => each.name)), widest(farEnds.map((each) => each.address))]
  return farEnds.map((each) => {
    return `  ${wordOf(each).padEnd(wordWidth)}  ${each.name.padEnd(name)}  ${each.address.padEnd(address)}  ${each.detail} (${each.ms} ms)`
  })
}

const wordWidth = 'missing'.length

function wordOf({ ok, needed }: FarEnd): string {
  if (ok) return 'ok'
  return needed ? 'FAILED' : 'missing'
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
}

function verdict({ ok, problems, farEnds }: CheckReport): string {
  if (ok && farEnds.length === 0) return 'The settings can be used. The far ends were not asked.'
  if (ok) return 'A launcher can work with this.'
  if (problems.length > 0) return 'A launcher cannot start with this: see the problems above.'
  const failed = farEnds.filter((farEnd) => !farEnd.ok && farEnd.needed).map(({ name }) => name)
  return `Not as a launcher needs it: ${failed.join(', ')}.`
}
