import type { Clock } from './base/clock.ts'
import type { Logger } from './base/log.ts'
import type { PodApi } from './kubernetes/pod-api.ts'
import { watchDeadline } from './kubernetes/pod-deadline.ts'
import type { EndGraces, EndPlan } from './lifecycle/end-plan.ts'
import { Shutdown } from './lifecycle/shutdown.ts'
import type { Worker } from './worker.ts'

export interface StopRequestsParts {
  /** The one that works now. */
  readonly worker: () => Pick<Worker, 'drain' | 'interrupt' | 'kill'>
  readonly graces: EndGraces
  /** How long the launcher may take in all after the first request; null: as long as it takes. */
  readonly drainTimeoutMs: number | null
  /** Where a pod can be asked how long it has to live; null: in no pod. */
  readonly podApi: PodApi | null
  readonly clock: Clock
  readonly log: Logger
  /** Ends the process now. */
  readonly exit: (code: number) => void
}

/** A launcher is gone so much before its pod's time is over, or a tenth of that time before: the kubelet then has dockerd to end as well. */
const marginMs = 10_000

/** And before its machine's, for whatever runs at the launcher's exit. */
const machineMarginMs = 5_000

/** Signals and deadlines, and what they mean for the worker. */
export class StopRequests {
  readonly #parts: StopRequestsParts
  readonly #shutdown: Shutdown
  #asking = new AbortController()
  #over = false
  #first = true

  constructor(parts: StopRequestsParts) {
    const { worker, clock, graces, exit, log } = parts
    this.#parts = parts
    this.#shutdown = new Shutdown({
      clock,
      graces,
      stopping: {
        drain: (why) => worker().drain(why),
        interrupt: (why, haste) => worker().interrupt(why, haste),
        kill: (why) => worker().kill(why),
        planned: (plan, why) => this.#planned(plan, why),
        exit: (code) => {
          log.warn({ code }, 'ends now: what is left is found in the journal by the next launcher')
          exit(code)
        },
      },
    })
  }

  /** A signal, or another wish to stop: the first drains, the second interrupts, the third ends the process. */
  request(why: string): void {
    const { log, drainTimeoutMs } = this.#parts
    if (this.#over) return
    log.info({ why }, 'asked to stop')
    this.#shutdown.request(why)
    if (this.#first && drainTimeoutMs !== null) this.#shutdown.endWithin(drainTimeoutMs, 'the drain timeout is near')
    this.#first = false
    this.#askPod()
  }

  /** The machine ends in so many milliseconds: no signal, and yet no job is taken any more, and the one in hand is interrupted in time. */
  machineGoes(leftMs: number, why: string): void {
    if (this.#over) return
    this.#parts.log.warn({ why, leftMs }, 'the machine goes')
    this.#parts.worker().drain(why)
    this.#shutdown.endWithin(leftMs - Math.min(machineMarginMs, leftMs / 10), why)
  }

  /** The launcher has ended: nothing of this counts any more. */
  over(): void {
    this.#over = true
    this.#asking.abort()
    this.#shutdown.over()
  }

  /** With every signal anew: a pod that is deleted once more, with less time, is signalled once more. */
  #askPod(): void {
    const { podApi, clock, log } = this.#parts
    if (!podApi) return
    this.#asking.abort()
    this.#asking = new AbortController()
    const left = (ms: number) =>
      this.#shutdown.endWithin(ms - Math.min(marginMs, ms / 10), 'the end of the pod is near')
    void watchDeadline({ api: podApi, clock, log }, left, this.#asking.signal)
  }

  #planned({ interruptInMs, exitInMs }: EndPlan, why: string): void {
    this.#parts.log.info({ interruptInMs, goneInMs: exitInMs, why }, 'must be gone by a certain time')
  }
}
