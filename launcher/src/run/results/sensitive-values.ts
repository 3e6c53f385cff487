import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { resultPath } from './result-files.ts'

/** Largest file of outputs that is looked at, and most values that are masked. */
const maxBytes = 16 * 1024 * 1024
const maxValues = 1000

/**
 * The texts in sensitive outputs, once the script has kept them: from then on they are not to be readable in the log. Read at once, because what
 * the container prints next waits for it; and from the workspace, so that a launcher that makes the log again finds the same. Empty if there are none.
 */
export function sensitiveValues(workspace: string): string[] {
  const text = textOf(resultPath(workspace, 'outputs'))
  if (text === null) return []
  try {
    const found = new Set<string>()
    for (const output of Object.values(JSON.parse(text) as object)) if (isSensitive(output)) gather(output.value, found)
    return [...found].slice(0, maxValues)
  } catch {
    return []
  }
}

function isSensitive(output: unknown): output is { readonly value: unknown } {
  if (typeof output !== 'object' || output === null || !('value' in output)) return false
  return !('sensitive' in output) || output.sensitive !== false
}

function gather(value: unknown, found: Set<string>): void {
  if (found.size >= maxValues) return
  if (typeof value === 'string') found.add(value)
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) gather(part, found)
}

function textOf(path: string): string | null {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stats = fstatSync(file)
      return stats.isFile() && stats.size <= maxBytes ? readFileSync(file, 'utf8') : null
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}
