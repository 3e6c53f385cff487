import { LauncherError } from '../base/errors.ts'
import { wasKilled, type Ended } from './ended.ts'
import type { Endgame } from './endgame.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import { logIn } from './journal/recovery.ts'
import type { Launched } from './launch.ts'
import type { Mark } from './log.ts'
import { Stop } from './outcome.ts'
import { sensitiveValues } from './results/sensitive-values.ts'
import { Progress } from './script/progress.ts'
import { Silence } from './silence.ts'
import { sayStillRunning } from './still-running.ts'
import { SteadyContainer } from './steady-container.ts'

/**
 * Watches a container to its end: reads its output, reports its phases, and ends it when the job is to end or it is
 * silent for too long.
 */
export async function watch(
  parts: ConductorParts,
  hand: JobInHand,
  { launched, endgame }: { readonly launched: Launched; readonly endgame: Endgame },
): Promise<Ended> {
  const ended = new AbortController()
  const container = new SteadyContainer(parts, hand, launched)
  const listener = new Listener(parts, hand, endgame)
  const limited = limitSilence(hand, listener.silence, ended.signal)
  const said = sayStop(hand, ended.signal)
  const saying = parts.settings.debug ? sayStill(parts, hand, { silence: listener.silence, ended: ended.signal }) : null
  const unended = () =>
    launched.watching.abort(new LauncherError('CONTAINER_LOST', 'The container could not be ended, even by SIGKILL.'))
  endgame.lost.addEventListener('abort', unended, { once: true })
  endgame.guard(launched.id)
  try {
    const [exit] = await Promise.all([container.exit, listener.listen(container)])
    const stop = listener.endedBefore ? listener.stopBefore : hand.ending.stop
    const { memoryBytes } = parts.settings
    const { progress } = listener
    const isUnexplained = !stop && wasKilled(exit, progress)
    const killedBy = isUnexplained ? await parts.engine.killedBy(launched.id).catch(() => null) : null
    return { exit, progress, stop, memoryBytes, wentWithDaemon: container.outages.tookContainer, killedBy }
  } finally {
    ended.abort()
    launched.watching.abort()
    await Promise.all([limited, said, saying, endgame.over()])
  }
}

/** What a container says. */
class Listener {
  readonly progress: Progress
  readonly silence: Silence
  readonly #hand: JobInHand
  readonly #endgame: Endgame
  /** The stop there was when the script said that it ended: one that came after it changed nothing. */
  #stopBefore: Stop | null = null

  constructor(parts: ConductorParts, hand: JobInHand, endgame: Endgame) {
    this.#hand = hand
    this.#endgame = endgame
    this.progress = new Progress(hand.job.phases)
    this.silence = new Silence(parts.clock, parts.settings.logsTimeoutMs)
  }

  get endedBefore(): boolean {
    return this.progress.end !== null
  }

  get stopBefore(): Stop | null {
    return this.#stopBefore
  }

  async listen(container: SteadyContainer): Promise<void> {
    for (const mark of logIn(this.#hand.journal.before.records).begins.since?.marks ?? []) this.#hear(mark, 0)
    for await (const chunk of container.output((at) => this.#breakOff(at))) {
      this.silence.heard()
      await this.#pass(() => this.#hand.log.output(chunk, this.#take))
      this.silence.listening()
    }
    await this.#pass(() => this.#hand.log.endOutput(this.#take))
  }

  /** Output was lost with the daemon: a successor, who cannot know what was read of it before, makes the log again from here on. */
  async #breakOff(at: number): Promise<void> {
    const { log, journal } = this.#hand
    const since = { at, marks: this.progress.heard }
    await this.#pass(() => log.breakOff(this.#take, (offset) => journal.write({ kind: 'log', offset, since })))
  }

  /** When nothing is delivered any more, output is still read, so that the container can end. */
  async #pass(write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      if (!this.#hand.delivery.signal.aborted) throw error
    }
  }

  readonly #take = ({ text, offset }: Mark): void => this.#hear(text, offset)

  #hear(text: string, offset: number): void {
    const ended = this.endedBefore
    const { outputs } = this.progress
    const phase = this.progress.take(text)
    if (phase) this.#hand.reports.phase(phase, offset)
    if (this.progress.outputs !== outputs) this.#hand.log.mask(sensitiveValues(this.#hand.directories.workspace))
    if (ended || !this.endedBefore) return
    this.#stopBefore = this.#hand.ending.stop
    this.#endgame.scriptEnded()
  }
}

/** Nobody waits for the log: it may be what is slow. */
function sayStill(
  { clock }: ConductorParts,
  { log }: JobInHand,
  { silence, ended }: { readonly silence: Silence; readonly ended: AbortSignal },
): Promise<void> {
  return sayStillRunning({ clock, silence, say: (line) => void log.line(line).catch(() => {}) }, ended)
}

async function limitSilence({ ending }: JobInHand, silence: Silence, ended: AbortSignal): Promise<void> {
  try {
    await silence.tooLong(ended)
    ending.end(new Stop('logs-timeout'))
  } catch {
    // The container ended first.
  }
}

/** Says in the log why the job is ended, unless an earlier launcher has. Nobody waits for the log here: it may be what is slow. */
async function sayStop({ ending, journal, log }: JobInHand, ended: AbortSignal): Promise<void> {
  const either = AbortSignal.any([ending.signal, ended])
  if (!either.aborted) await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }))
  if (!ending.stop || ended.aborted) return
  const text = `${ending.stop.message}.`
  if (!logIn(journal.before.records).lines.some((line) => line.text === text)) void log.line(text).catch(() => {})
}
