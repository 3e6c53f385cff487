import type { Outcome } from '../../../protocol/report.ts'
import { assign } from './assignment.ts'
import { JobContainer } from './container.ts'
import { concludeJob, refuseJob } from './conclusion.ts'
import { Endgame } from './endgame.ts'
import { outcomeOfExit } from './ended.ts'
import type { Assignment, ConductorParts, JobInHand } from './job-in-hand.ts'
import { Journal } from './journal/journal.ts'
import { decideRecovery } from './journal/recovery.ts'
import { launch, type Launched } from './launch.ts'
import { outcomeOfError, Stop } from './outcome.ts'
import { pause } from './pause.ts'
import { prepare } from './preparation.ts'
import { recoverJobs } from './journal/recover-jobs.ts'
import { deliverResults } from './results/results.ts'
import { resume } from './resume.ts'
import { leftState, rescueState, withStateKept, type LeftState } from './rescue.ts'
import { takeOver } from './take-over.ts'
import { watch } from './watch.ts'

/**
 * Takes jobs from their assignment to their last report:
 *
 *   fetch -> journal -> source, files || image, tool -> create || claim -> attach -> start -> phases and log -> wait
 *     -> seal and upload, if the run pauses -> remove the container, the workspace || flush the log -> report, last
 *
 * - Whatever happens to a job is an outcome. `conduct` rejects for a bug only, and then too nothing is left behind.
 * - The first reason to end a job is its outcome. What is cleaned up afterwards takes no notice of it, and has
 *   deadlines of its own.
 * - Once the last report is heard, the worker may be given the next job; so nothing of this one is left by then.
 * - A job that is lost is ended and cleaned up, and nothing is reported.
 */
export class Conductor {
  readonly #parts: ConductorParts
  readonly #journal: Journal

  constructor(parts: ConductorParts) {
    this.#parts = parts
    this.#journal = new Journal(parts.settings.directory)
  }

  /** Conducts a job to its end. `signal` is aborted with a Stop; `hurry`, when what is not delivered soon is to be left to a successor. */
  async conduct(job: string, signal: AbortSignal, hurry = never()): Promise<void> {
    let assignment: Assignment
    try {
      assignment = await assign(this.#parts, this.#journal, { job, signal, hurry })
    } catch (error) {
      return await refuseJob(this.#parts, job, outcomeOfError(error))
    }
    const over = new AbortController()
    const limited = this.#limit(assignment, over.signal)
    try {
      await this.#conduct(assignment)
    } finally {
      over.abort()
      await limited
      await assignment.journal.close()
    }
  }

  /**
   * Clears up what an earlier launcher with this directory left: ends that were not heard are reported, and everything that no job needs is
   * removed. Answers the job that it had in hand: it is to be conducted, again from its beginning or on from where it was. Called
   * before the first job.
   */
  recover(signal: AbortSignal = never()): Promise<string | null> {
    return recoverJobs(this.#parts, this.#journal, signal)
  }

  /** Whether a job was started here, or has ended, of which the control plane does not know the end: the next launcher with this directory tells it. */
  async owes(): Promise<boolean> {
    const jobs = await this.#journal.jobs(() => {})
    return jobs.some(({ records }) => ['resume', 'fail', 'report'].includes(decideRecovery(records).do))
  }

  /** For a job of an earlier launcher too, from when that one took it. */
  async #limit({ ending, started }: Assignment, over: AbortSignal): Promise<void> {
    const { clock, settings } = this.#parts
    const passedMs = started?.acceptedAt == null ? 0 : Math.max(0, clock.now() - started.acceptedAt)
    try {
      await clock.sleep(Math.max(0, settings.runTimeoutMs - passedMs), over)
      ending.end(new Stop('run-timeout'))
    } catch {
      // The job was over first.
    }
  }

  async #conduct(assignment: Assignment): Promise<void> {
    const endgame = new Endgame(this.#parts, assignment)
    const hand = await takeOver(this.#parts, assignment, endgame)
    if (hand === null) return
    const container = new JobContainer(this.#parts, hand)
    const outcome = await this.#perform(hand, container, endgame)
    await endgame.over()
    await concludeJob(this.#parts, hand, { outcome, container })
  }

  /** Resolves with a bug's error in place of throwing it, so that the cleaning up comes first. */
  async #perform(
    hand: JobInHand,
    container: JobContainer,
    endgame: Endgame,
  ): Promise<Outcome | { readonly bug: unknown }> {
    try {
      return await this.#run(hand, container, endgame)
    } catch (error) {
      try {
        const outcome = outcomeOfError(error)
        await hand.log.line(outcome.failure?.message ?? '').catch(() => {})
        return outcome
      } catch {
        return { bug: error }
      }
    }
  }

  async #run(hand: JobInHand, container: JobContainer, endgame: Endgame): Promise<Outcome> {
    const { launched, before } = await this.#launched(hand, container)
    const ended = await watch(this.#parts, hand, { launched, endgame })
    const outcome = await this.#rescue(hand, before, outcomeOfExit(ended))
    if (outcome.failure && !ended.stop && !ended.progress.end)
      await hand.log.line(outcome.failure.message).catch(() => {})
    await deliverResults(this.#parts, hand)
    const paused = hand.job.pause && outcome.result === 'succeeded' && outcome.changes === true
    return paused ? { ...outcome, workspace: await pause(this.#parts, hand) } : outcome
  }

  async #launched(
    hand: JobInHand,
    container: JobContainer,
  ): Promise<{ readonly launched: Launched; readonly before: LeftState | null }> {
    if (hand.started) {
      container.found(hand.started.container.id)
      return { launched: await resume(this.#parts, hand, hand.started), before: hand.started.container.state }
    }
    const { plan, project, tool } = await prepare(this.#parts, hand)
    const before = await leftState({ tool }, project)
    return { launched: await launch(this.#parts, hand, { plan, container, before }), before }
  }

  async #rescue(hand: JobInHand, before: LeftState | null, outcome: Outcome): Promise<Outcome> {
    const { clock, settings } = this.#parts
    const { id, job, control, operator } = hand
    const rescued = await rescueState({ clock, settings, job: id, run: job.run, control, operator }, before)
    if (rescued) await hand.log.line(rescued.says).catch(() => {})
    return rescued && !rescued.delivered ? withStateKept(outcome, rescued.says) : outcome
  }
}

function never(): AbortSignal {
  return new AbortController().signal
}
