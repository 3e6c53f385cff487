/** That the machine goes. */
export interface Notice {
  /** Who says so, and in which words. */
  readonly what: string
  /** When, in milliseconds since 1970; null: it is not said. */
  readonly at: number | null
}

/** Somebody who knows whether the machine goes. */
export interface NoticeBoard {
  /** For people. */
  readonly name: string
  readonly everyMs: number
  /** How long a machine stays after a notice that does not say so, at least. */
  readonly leadMs: number
  /** Null: it stays. Rejects if that is not known. */
  read(signal: AbortSignal): Promise<Notice | null>
}

/** The time in a text that is one, or in a JSON object's `time`; null: there is none. Total. */
export function timeIn(text: string): number | null {
  const words = text.trim()
  const said = words.startsWith('{') ? member(words, 'time') : words
  const at = typeof said === 'string' && /\d{4}/.test(said) ? Date.parse(said) : Number.NaN
  return Number.isNaN(at) ? null : at
}

/** A member of a JSON object; undefined: there is no such thing. Total. */
export function member(text: string, name: string): unknown {
  try {
    return (JSON.parse(text) as Readonly<Record<string, unknown>> | null)?.[name]
  } catch {
    return undefined
  }
}
