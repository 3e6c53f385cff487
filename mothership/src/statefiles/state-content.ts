/** Largest state, in bytes. A state is read as a whole, by the tool as well. */
export const maxStateBytes = 128 * 1024 * 1024

/**
 * What orders the versions of a state. `lineage` is made when a state begins, `serial` counts its changes. Both stand in the clear also
 * in a state that OpenTofu encrypts.
 */
export interface StateOrder {
  readonly serial: number
  readonly lineage: string
}

/** Reads serial and lineage of a state; null if it is no state. Total. */
export function orderOf(content: Uint8Array): StateOrder | null {
  let state: unknown
  try {
    state = JSON.parse(Buffer.from(content).toString('utf8'))
  } catch {
    return null
  }
  if (typeof state !== 'object' || state === null || !('serial' in state) || !('lineage' in state)) return null
  const { serial, lineage } = state
  if (!Number.isSafeInteger(serial) || Number(serial) < 0 || typeof lineage !== 'string') return null
  return { serial: Number(serial), lineage }
}

/** Whether a state goes on from the newest version. Anything does when there is none. */
export function continues(state: StateOrder, newest: StateOrder | null): boolean {
  return newest === null || (state.lineage === newest.lineage && state.serial > newest.serial)
}

/**
 * The same state under another serial. Only the digits are replaced: reading and writing it as JSON would round the numbers of resources
 * that are larger than 2^53. Throws if the text is no state.
 */
export function withSerial(text: string, serial: number): string {
  let depth = 0
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    const [token] = match
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    if (depth !== 1 || token !== '"serial"') continue
    const at = match.index + token.length
    const value = /^\s*:\s*\d+/.exec(text.slice(at, at + 200))
    if (value) return `${text.slice(0, at)}: ${serial}${text.slice(at + value[0].length)}`
  }
  throw new Error('a state without a serial')
}
