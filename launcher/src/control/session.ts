import type { Registered } from '../../../protocol/worker.ts'

/** Which worker this launcher is now. It changes when the control plane has forgotten the worker and it registers again. */
export class Session {
  #registered: Registered | null = null

  get registered(): Registered | null {
    return this.#registered
  }

  /** For calls that only make sense after a registration. */
  get current(): Registered {
    if (!this.#registered) throw new Error('the launcher is not registered yet')
    return this.#registered
  }

  replace(registered: Registered): void {
    this.#registered = registered
  }
}
