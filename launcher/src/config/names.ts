import type { Access } from '../run/run.ts'
import type { Format } from './option.ts'

/** A variable in a list of names. */
export interface ListedName {
  /** As it stands in the list. */
  readonly entry: string
  /** Without `ro_` or `wo_`. */
  readonly name: string
  readonly access: Access
}

/** Names of variables; one that begins with `ro_` or `wo_` is for the jobs that cannot, or can, change anything. */
export const names: Format<readonly ListedName[]> = {
  name: 'names',
  expected: 'names of variables separated by commas, such as HTTPS_PROXY,ro_KEY,wo_KEY',
  parse(text) {
    const entries = entriesOf(text)
    return entries.every(isName) ? entries.map(listed) : null
  },
  culprit: (text) => entriesOf(text).find((entry) => !isName(entry)) ?? text,
}

/** What stands between commas. Nothing does so where a script has appended to a list that was empty. */
export function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function isName(entry: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(entry) && listed(entry).name !== ''
}

function listed(entry: string): ListedName {
  if (entry.startsWith('ro_')) return { entry, name: entry.slice(3), access: 'read' }
  if (entry.startsWith('wo_')) return { entry, name: entry.slice(3), access: 'write' }
  return { entry, name: entry, access: 'both' }
}
