import type { Clock } from '../base/clock.ts'
import { LauncherError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import { DeadlinePassed, within } from '../run/deadline.ts'
import type { Policy, PolicySubject } from '../run/policy.ts'
import type { CompiledPolicy } from './compiled.ts'
import { evaluate, type Evaluated } from './evaluation.ts'
import { policyInput } from './input.ts'
import { maskedIn, maskOf } from './mask.ts'
import { noAnswer } from './no-answer.ts'
import type { Opa } from './opa.ts'
import { sampleLine, type Sampled } from './sample.ts'
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
    const mask = maskOf(subject.job)
    const { evaluated, verdict } = await this.verdict(input, signal).catch((error: unknown) => {
      throw error instanceof LauncherError ? new LauncherError(error.code, mask(error.message)) : error
    })
    for (const line of evaluated.printed)
      log.debug({ run: input.run.id, line: mask(line) }, 'the policy printed a line')
    const [denied, error] = [verdict.denied.map(mask), mask(verdict.error)]
    if (evaluated.sample) this.#keep({ run: input.run.id, input: maskedIn(input, mask), deny: denied, error })
    if (error !== '') throw noAnswer(error)
    return denied
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

  #keep(about: Pick<Sampled, 'run' | 'input' | 'deny' | 'error'>): void {
    const { clock, compiled, sampled } = this.#parts
    sampled(sampleLine({ ...about, now: clock.now(), body: compiled.text }))
  }
}
