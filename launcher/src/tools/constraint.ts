import type { VersionCondition } from '../../../protocol/tool-version.ts'

/**
 * The newest of some versions that meets all conditions, or null. A pre-release only counts where a condition names one of the same
 * release.
 */
export async function newestFitting(
  versions: readonly string[],
  conditions: readonly VersionCondition[],
): Promise<string | null> {
  const { compare, parse } = await import('semver')
  const meets = (version: string, { operator, parts, prerelease }: VersionCondition): boolean =>
    tests[operator](compare(version, textOf(parts, prerelease)), () => compare(version, upperOf(operator, parts)))
  const isNamed = (version: string) =>
    conditions.some(({ parts, prerelease }) => prerelease !== null && version.startsWith(`${textOf(parts, null)}-`))
  const fitting = versions.filter((version) => {
    const parsed = parse(version)
    if (parsed === null || (parsed.prerelease.length > 0 && !isNamed(version))) return false
    return conditions.every((condition) => meets(version, condition))
  })
  return fitting.toSorted(compare).at(-1) ?? null
}

/** The newest versions that are no pre-releases, for somebody whose constraint none of them meets. */
export async function newestOf(versions: readonly string[], count: number): Promise<readonly string[]> {
  const { parse, rcompare } = await import('semver')
  return versions
    .filter((version) => parse(version)?.prerelease.length === 0)
    .toSorted(rcompare)
    .slice(0, count)
}

function textOf(parts: readonly number[], prerelease: string | null): string {
  const whole = [...parts, 0, 0].slice(0, 3).join('.')
  return prerelease === null ? whole : `${whole}-${prerelease}`
}

/** The first version behind all that may stand at the place of the last number: its pre-releases are behind them, too. */
function upperOf(operator: string, parts: readonly number[]): string {
  const fixed = operator === '~>' && parts.length > 1 ? parts.slice(0, -1) : parts
  return `${textOf([...fixed.slice(0, -1), (fixed.at(-1) ?? 0) + 1], null)}-0`
}

/** How a version stands to that of a condition (negative: it is older), and to the end of what begins like it. */
type Test = (order: number, toEnd: () => number) => boolean

const tests: Readonly<Record<VersionCondition['operator'], Test>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '~>': (order, toEnd) => order >= 0 && toEnd() < 0,
  '~': (order, toEnd) => order >= 0 && toEnd() < 0,
}
