import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { DeadlinePassed, within } from '../run/deadline.ts'
import type { Policy, PolicySubject } from '../run/policy.ts'
import type { CompiledPolicy } from './compiled.ts'
import { evaluate, type Evaluated } from './evaluation.ts'
import { policyInput } from './input.ts'
import { noAnswer } from './no-answer.ts'
import type { Opa } from './opa.ts'
import { sampleLine } from './sample.ts'
import type { Scratch } from './scratch.ts'
import { verdictOf, type OnFailedCall, type Verdict } from './verdict.ts'

export interface RegoPolicyParts {
  readonly compiled: CompiledPolicy
  readonly opa: Opa
  readonly scratch: Scratch
  /** Environment of what `exec` runs. */
  readonly env: Readonly<Record<string, string>>
  /** For one evaluation, with all that it runs. */
  readonly timeoutMs: number
  readonly onFailedCall: OnFailedCall
  readonly launcherVersion: string
  readonly clock: Clock
  readonly log: Logger
  /** Gets a line for every evaluation that the policy wants to be kept. */
  readonly sampled: (line: string) => void
}

/** How long an evaluation that was ended is waited for. */
const endMs = 1000

/** The operator's Rego file, evaluated by opa: a process for each run. */
export class RegoPolicy implements Policy {
  readonly #parts: RegoPolicyParts

  constructor(parts: RegoPolicyParts) {
    this.#parts = parts
  }

  async judge(subject: PolicySubject, signal: AbortSignal): Promise<readonly string[]> {
    const { clock, launcherVersion, log } = this.#parts
    const input = policyInput(subject, { now: clock.now(), launcherVersion })
    const { evaluated, verdict } = await this.verdict(input, signal)
    for (const line of evaluated.printed) log.debug({ run: subject.job.run, line }, 'the policy printed a line')
    if (evaluated.sample) this.#keep(input, verdict)
    if (verdict.error !== '') throw noAnswer(verdict.error)
    return verdict.denied
  }

  /** What the policy says of any input. Rejects as `judge` does, but for a call that failed: that is in the verdict. */
  async verdict(
    input: unknown,
    signal: AbortSignal,
  ): Promise<{ readonly evaluated: Evaluated; readonly verdict: Verdict }> {
    const evaluated = await this.#evaluate(JSON.stringify(input), signal)
    return { evaluated, verdict: verdictOf(evaluated, this.#parts.onFailedCall) }
  }

  async #evaluate(input: string, signal: AbortSignal): Promise<Evaluated> {
    const { compiled, timeoutMs, clock } = this.#parts
    const deadline = { clock, ms: timeoutMs, what: 'its evaluation' }
    let evaluation: Promise<unknown> = Promise.resolve()
    try {
      return await within(deadline, (late) => {
        const started = evaluate(compiled, input, { ...this.#parts, signal: AbortSignal.any([signal, late]) })
        evaluation = started
        return started
      })
    } catch (error) {
      // It was ended; what it leaves is gone before anything goes on.
      await Promise.race([evaluation.catch(() => {}), clock.sleep(endMs)])
      signal.throwIfAborted()
      throw error instanceof DeadlinePassed ? noAnswer(error.message) : error
    }
  }

  #keep(input: ReturnType<typeof policyInput>, { denied, error }: Verdict): void {
    const { clock, compiled, sampled } = this.#parts
    sampled(sampleLine({ now: clock.now(), run: input.run.id, body: compiled.text, input, deny: denied, error }))
  }
}
