import { fieldsOf, listOf, parsed } from './json.ts'
import type { ProgramEnd } from './program.ts'

/** Something that opa says is wrong. */
export interface Complaint {
  /** Such as rego_parse_error; empty if opa could not even say it in its own form. */
  readonly code: string
  readonly message: string
  readonly row: number | null
  readonly column: number | null
}

/** What opa complains of, in its order. A failure that it did not explain is one complaint. */
export function complaintsOf(end: ProgramEnd): readonly Complaint[] {
  const answers = [end.stdout, end.stderr].map((text) => listOf(fieldsOf(parsed(text))['errors']))
  const complaints = answers.flat().map(complaintOf)
  if (end.code === 0 || complaints.length > 0) return complaints
  return [{ code: '', message: unexplained(end), row: null, column: null }]
}

/** A complaint as a compiler would print it. */
export function described(complaint: Complaint, file: string): string {
  const { code, message, row, column } = complaint
  const where = row === null ? file : `${file}:${row}:${column ?? 1}`
  return `${where}: ${code === '' ? '' : `${code}: `}${message}`
}

/** Complaints as fields of opa's own answer. */
export function complaintOf(value: unknown): Complaint {
  const { code, message, location } = fieldsOf(value)
  const { row, col } = fieldsOf(location)
  return {
    code: typeof code === 'string' ? code : '',
    message: (typeof message === 'string' ? message : JSON.stringify(value)).slice(0, 1000),
    row: typeof row === 'number' ? row : null,
    column: typeof col === 'number' ? col : null,
  }
}

function unexplained(end: ProgramEnd): string {
  if (end.tooLong) return 'opa said more than it may'
  if (/out of memory/.test(end.stderr)) return 'the policy needs more memory than it may use'
  if (end.signal !== null) return `opa was ended by ${end.signal}`
  const said = end.stderr.trim().split('\n').at(0)?.slice(0, 500)
  return said || `opa ended with exit code ${end.code}`
}
