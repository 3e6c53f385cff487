/** How a fake answers instead of doing what it was asked. */
export type Fault =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: string
    }
  /** The connection is closed before an answer. */
  | { readonly kind: 'cut' }
  /** Done as asked, but the connection is closed before the answer. */
  | { readonly kind: 'cut-after' }
  /** Half an answer, then the connection is closed. */
  | { readonly kind: 'half' }
  /** No answer ever. */
  | { readonly kind: 'silence' }

interface Planned {
  readonly call: RegExp
  readonly fault: Fault
  left: number
}

/** Faults to come, by `METHOD /path`. */
export class Faults {
  readonly #planned: Planned[] = []

  /** The next `times` calls that fit meet the fault. */
  plan(call: RegExp, fault: Fault, times = 1): void {
    this.#planned.push({ call, fault, left: times })
  }

  next(call: string): Fault | null {
    const planned = this.#planned.find((candidate) => candidate.left > 0 && candidate.call.test(call))
    if (!planned) return null
    planned.left--
    return planned.fault
  }

  clear(): void {
    this.#planned.length = 0
  }
}

/** An answer of the protocol's form. */
export function refusal(
  status: number,
  code: string,
  more: { headers?: Record<string, string>; held?: number } = {},
): Fault {
  const held = more.held === undefined ? {} : { held: more.held }
  const body = JSON.stringify({ error: { code, message: `a planned ${code}`, ...held } })
  return { kind: 'answer', status, headers: { 'content-type': 'application/json', ...more.headers }, body }
}
