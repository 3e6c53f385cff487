import { maxOutputs, type OutputResult } from '../../../../protocol/results.ts'

/** Longest value that is told, in bytes, and all of them together. */
const maxValueBytes = 256 * 1024
const maxValuesBytes = 4 * 1024 * 1024

/** Who allows sensitive values to leave the worker: both have to. */
export interface Permission {
  readonly worker: boolean
  readonly stack: boolean
}

/** Outputs as they are told, and what is to be said of them in the log. */
export interface ReadOutputs {
  readonly outputs: readonly OutputResult[]
  readonly notes: readonly string[]
}

/**
 * Reads what `output -json` printed; null if that is something else. `holdsSecret`: whether JSON has a secret of the job in it; such an output
 * is sensitive, whatever the tool says.
 */
export function readOutputs(
  text: string,
  allowed: Permission,
  holdsSecret: (json: string) => boolean = () => false,
): ReadOutputs | null {
  const found = entriesOf(text)
  if (found === null) return null
  let room = maxValuesBytes
  const tooLong: string[] = []
  const outputs = found.slice(0, maxOutputs).map(([name, output]): OutputResult => {
    const json = JSON.stringify(output.value) ?? 'null'
    const sensitive = output.sensitive || holdsSecret(json)
    if (sensitive && !(allowed.worker && allowed.stack)) return { name, sensitive, value: null }
    const bytes = Buffer.byteLength(json)
    if (bytes > Math.min(maxValueBytes, room)) {
      tooLong.push(name)
      return { name, sensitive, value: null }
    }
    room -= bytes
    return { name, sensitive, value: json }
  })
  const more = found.length - outputs.length
  return { outputs, notes: [...secrecy(outputs, allowed), ...lengths(tooLong), ...numbers(more)] }
}

function secrecy(outputs: readonly OutputResult[], { worker, stack }: Permission): string[] {
  const count = outputs.filter(({ sensitive }) => sensitive).length
  if (count === 0 || (worker && stack)) return []
  const why = stack
    ? 'this worker does not upload any (SPACELIFT_SENSITIVE_OUTPUT_UPLOAD_ENABLED)'
    : 'the stack does not allow it (sensitive_output_upload)'
  return [`${count === 1 ? '1 sensitive output is' : `${count} sensitive outputs are`} kept back: ${why}`]
}

function lengths(names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`Outputs that are too long to be kept: ${names.slice(0, 10).join(', ')}`]
}

function numbers(more: number): string[] {
  return more > 0 ? [`${more} outputs are not kept: there are more than ${maxOutputs}`] : []
}

type Entry = readonly [string, { readonly sensitive: boolean; readonly value: unknown }]

function entriesOf(text: string): Entry[] | null {
  let whole: unknown
  try {
    whole = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return null
  return Object.entries(whole)
    .filter(([name]) => name !== '' && name.length <= 256)
    .map(([name, output]: [string, unknown]) => [name, outputOf(output)])
}

/** What does not say that it is open is taken for sensitive. */
function outputOf(output: unknown): { sensitive: boolean; value: unknown } {
  if (typeof output !== 'object' || output === null || !('value' in output)) return { sensitive: true, value: null }
  return { sensitive: !('sensitive' in output) || output.sensitive !== false, value: output.value }
}
