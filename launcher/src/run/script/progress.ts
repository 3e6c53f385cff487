import type { Phase } from '../../../../protocol/job.ts'

/**
 * Where in a phase the script is: a hook by name, the phase's own command, the checks before the first phase, or past
 * the last.
 */
export type Step = string

/** How the script ended. */
export interface ScriptEnd {
  readonly exitCode: number
  /** What it was doing; `done` if it came to its end. */
  readonly step: Step
}

/**
 * How far the script came, by its marks. The run's own code can read the script and forge marks, so they are believed
 * only in the order that the job allows and once each: what can be forged this way harms that run alone, and nothing
 * here grows with it.
 */
export class Progress {
  readonly #ahead: Phase[]
  #phase: Phase | null = null
  #changes: boolean | null = null
  #end: ScriptEnd | null = null
  #begun = false
  #outputs = false
  readonly #heard: string[] = []

  constructor(phases: readonly Phase[]) {
    this.#ahead = [...phases]
  }

  /** Whether the script said anything: if not, no shell has run it. */
  get begun(): boolean {
    return this.#begun
  }

  /** The marks that told something, with which another account comes as far as this one. */
  get heard(): readonly string[] {
    return this.#heard
  }

  /** The phase that began last. */
  get phase(): Phase | null {
    return this.#phase
  }

  /** What PLANNING found. */
  get changes(): boolean | null {
    return this.#changes
  }

  /** Whether the outputs are kept in the workspace. */
  get outputs(): boolean {
    return this.#outputs
  }

  get end(): ScriptEnd | null {
    return this.#end
  }

  /** Takes a mark; answers the phase that begins with it, if one does. */
  take(mark: string): Phase | null {
    this.#begun = true
    if (this.#end) return null
    const [kind, ...words] = mark.split(' ')
    if (kind === 'phase' && words[0] === this.#ahead[0]) return this.#begin(mark)
    if (kind === 'changes' && this.#phase === 'PLANNING' && this.#changes === null) {
      this.#changes = words[0] === '1'
      this.#heard.push(mark)
    }
    if (mark === 'outputs' && !this.#outputs) this.#keptOutputs(mark)
    if (kind === 'end') this.#end = scriptEnd(words)
    return null
  }

  #keptOutputs(mark: string): void {
    this.#outputs = true
    this.#heard.push(mark)
  }

  #begin(mark: string): Phase | null {
    this.#heard.push(mark)
    this.#phase = this.#ahead.shift() ?? null
    return this.#phase
  }
}

function scriptEnd([code = '', step = '']: readonly string[]): ScriptEnd | null {
  return /^\d{1,3}$/.test(code) ? { exitCode: Number(code), step } : null
}
