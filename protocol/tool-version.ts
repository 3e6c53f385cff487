/** What a version is held against. `parts` has one to three numbers; `prerelease` is what stands behind a dash. */
export interface VersionCondition {
  readonly operator: (typeof versionOperators)[number]
  readonly parts: readonly number[]
  readonly prerelease: string | null
}

/** `~` is `1.9.x` or `1.9` alone: any version that begins so. The others are Terraform's. */
export const versionOperators = ['=', '!=', '>', '>=', '<', '<=', '~>', '~'] as const

const maxConditions = 10
const identifiers = '[0-9A-Za-z]+(?:[.-][0-9A-Za-z]+)*'
const numbers = String.raw`(?<numbers>\d{1,9}(?:\.\d{1,9}){0,2})(?<wildcard>\.[xX*])?`
const condition = new RegExp(
  String.raw`^(?<operator>=|!=|>=?|<=?|~>)?\s*v?${numbers}(?:-(?<prerelease>${identifiers}))?$`,
)
const exact = new RegExp(String.raw`^\d{1,9}\.\d{1,9}\.\d{1,9}(?:-${identifiers})?$`)

/** Whether a text is a version in full, as releases are named by it. It may become part of a path. */
export function isExactVersion(text: string): boolean {
  return exact.test(text)
}

/**
 * The conditions of a text that a version must meet, all of them: Terraform's constraints, such as `~> 1.9` and `>= 1.6, < 2.0`, and
 * `1.9.x` or `1.9` for any that begins so. Null: the text is none.
 */
export function readVersionConstraint(text: string): readonly VersionCondition[] | null {
  const pieces = text.split(',')
  if (pieces.length > maxConditions) return null
  const conditions = pieces.map((piece) => readCondition(piece.trim()))
  return conditions.every((each) => each !== null) ? conditions : null
}

function readCondition(text: string): VersionCondition | null {
  const groups = condition.exec(text)?.groups
  if (!groups) return null
  const { operator, numbers = '', wildcard, prerelease = null } = groups
  const parts = numbers.split('.').map(Number)
  const isWhole = parts.length === 3
  if (isWhole ? wildcard !== undefined : prerelease !== null) return null
  if (wildcard !== undefined && operator !== undefined) return null
  return { operator: operatorOf(operator, isWhole), parts, prerelease }
}

function operatorOf(text: string | undefined, isWhole: boolean): VersionCondition['operator'] {
  return versionOperators.find((each) => each === text) ?? (isWhole ? '=' : '~')
}
