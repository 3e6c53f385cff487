import type { EndSignal } from './engine.ts'
import type { Assignment, ConductorParts } from './job-in-hand.ts'
import { endContainer } from './ladder.ts'
import type { Stop } from './outcome.ts'
import { announceEnding } from './script/script-files.ts'
import { jobDirectories } from './workspace/directories.ts'

/**
 * Ends a job's container when the job is to end: by the ladder, with every step in the journal before it is taken, so that a successor goes on
 * where this one was. A tool that is sent a second SIGINT gives up at once.
 */
export class Endgame {
  readonly #parts: ConductorParts
  readonly #assignment: Assignment
  readonly #over = new AbortController()
  readonly #lost = new AbortController()
  #guarding: Promise<void> | null = null
  #late = false

  constructor(parts: ConductorParts, assignment: Assignment) {
    this.#parts = parts
    this.#assignment = assignment
  }

  /** Aborted when not even SIGKILL ended the container. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** From now on, this container is ended when the job is to end. */
  guard(container: string): void {
    this.#guarding ??= this.#guard(container)
  }

  /** The script said that it ended: a stop that comes now changes nothing, and is not written down. */
  scriptEnded(): void {
    this.#late = true
  }

  /** The container has ended, or is not this job's concern any more. */
  async over(): Promise<void> {
    this.#over.abort()
    await this.#guarding
  }

  async #guard(container: string): Promise<void> {
    const { ending, started } = this.#assignment
    const either = AbortSignal.any([ending.signal, this.#over.signal])
    if (!either.aborted) await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }))
    const { stop } = ending
    if (!stop || this.#over.signal.aborted) return
    if (started?.ending?.stop !== stop && !this.#late) await this.#noted(stop)
    await this.#announced(stop)
    await this.#ended(container, stop)
    if (!this.#over.signal.aborted) this.#lost.abort()
  }

  async #noted({ cause, by, note }: Stop): Promise<void> {
    await this.#attempt('stop not noted', () => this.#assignment.journal.note({ kind: 'stop', cause, by, note }))
  }

  async #announced({ cause }: Stop): Promise<void> {
    const { settings } = this.#parts
    const finalState = cause === 'stopped' || cause === 'killed' ? 'STOPPED' : 'FAILED'
    await this.#attempt('ending not announced', () =>
      announceEnding(jobDirectories(settings.directory, this.#assignment.id), finalState),
    )
  }

  async #ended(container: string, stop: Stop): Promise<void> {
    const { engine, clock, settings } = this.#parts
    const { journal, operator, started } = this.#assignment
    const sent = (started?.ending?.sent ?? []).map(({ name, at }) => ({ name, agoMs: clock.now() - at }))
    const sending = (name: EndSignal) =>
      this.#attempt('signal not noted', () => journal.note({ kind: 'signal', name, at: clock.now() }))
    const failed = (name: string, error: unknown) => operator.warn({ err: error, signal: name }, 'signal not sent')
    const ladder = { engine, clock, container, graces: settings.graces, sent, sending, failed }
    await endContainer(ladder, stop, this.#over.signal)
  }

  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#assignment.operator.warn({ err: error }, what)
    }
  }
}
