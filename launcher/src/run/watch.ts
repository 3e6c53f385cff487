import { LauncherError } from '../base/errors.ts'
import type { Ended } from './ended.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import { endContainer } from './ladder.ts'
import type { Launched } from './launch.ts'
import type { Mark } from './log.ts'
import { Stop } from './outcome.ts'
import { Progress } from './script/progress.ts'
import { announceEnding } from './script/script-files.ts'
import { Silence } from './silence.ts'

/**
 * Watches a container to its end: reads its output, reports its phases, and ends it when the job is to end or it is
 * silent for too long.
 */
export async function watch(parts: ConductorParts, hand: JobInHand, launched: Launched): Promise<Ended> {
  const ended = new AbortController()
  const listener = new Listener(parts, hand)
  const limited = limitSilence(hand, listener.silence, ended.signal)
  const laddered = endOnStop(parts, hand, { launched, ended: ended.signal })
  try {
    const [exit] = await Promise.all([
      parts.engine.wait(launched.id, launched.watching.signal),
      listener.listen(launched.output),
    ])
    const stop = listener.endedBefore ? listener.stopBefore : hand.ending.stop
    return { exit, progress: listener.progress, stop, memoryBytes: parts.settings.memoryBytes }
  } finally {
    ended.abort()
    launched.watching.abort()
    await Promise.all([limited, laddered])
  }
}

/** What a container says. */
class Listener {
  readonly progress: Progress
  readonly silence: Silence
  readonly #hand: JobInHand
  /** The stop there was when the script said that it ended: one that came after it changed nothing. */
  #stopBefore: Stop | null = null

  constructor(parts: ConductorParts, hand: JobInHand) {
    this.#hand = hand
    this.progress = new Progress(hand.job.phases)
    this.silence = new Silence(parts.clock, parts.settings.logsTimeoutMs)
  }

  get endedBefore(): boolean {
    return this.progress.end !== null
  }

  get stopBefore(): Stop | null {
    return this.#stopBefore
  }

  async listen(output: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of output) {
      this.silence.heard()
      await this.#pass(() => this.#hand.log.output(chunk, this.#take))
      this.silence.listening()
    }
    await this.#pass(() => this.#hand.log.endOutput(this.#take))
  }

  /** When nothing is delivered any more, output is still read, so that the container can end. */
  async #pass(write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      if (!this.#hand.delivery.signal.aborted) throw error
    }
  }

  readonly #take = ({ text, offset }: Mark): void => {
    const ended = this.endedBefore
    const phase = this.progress.take(text)
    if (phase) this.#hand.reports.phase(phase, offset)
    if (!ended && this.endedBefore) this.#stopBefore = this.#hand.ending.stop
  }
}

async function limitSilence({ ending }: JobInHand, silence: Silence, ended: AbortSignal): Promise<void> {
  try {
    await silence.tooLong(ended)
    ending.end(new Stop('logs-timeout'))
  } catch {
    // The container ended first.
  }
}

interface Endable {
  readonly launched: Launched
  readonly ended: AbortSignal
}

/** Goes down the ladder when the job is to end. What even SIGKILL does not end, is given up. */
async function endOnStop(parts: ConductorParts, hand: JobInHand, { launched, ended }: Endable): Promise<void> {
  const { stop } = await firstOf(hand.ending, ended)
  if (!stop || ended.aborted) return
  // Nobody waits for the log here: it may be what is slow.
  void hand.log.line(`${stop.message}.`).catch(() => {})
  const finalState = stop.cause === 'stopped' || stop.cause === 'killed' ? 'STOPPED' : 'FAILED'
  await announceEnding(hand.directories, finalState).catch((error: unknown) =>
    hand.operator.warn({ err: error }, 'ending not announced'),
  )
  const failed = (name: string, error: unknown) => hand.operator.warn({ err: error, signal: name }, 'signal not sent')
  const { engine, clock, settings } = parts
  await endContainer({ engine, clock, container: launched.id, graces: settings.graces, failed }, stop, ended)
  if (!ended.aborted)
    launched.watching.abort(new LauncherError('CONTAINER_LOST', 'The container could not be ended, even by SIGKILL.'))
}

/** The stop, as soon as there is one, or null as soon as the container ended. */
async function firstOf(ending: JobInHand['ending'], ended: AbortSignal): Promise<{ stop: Stop | null }> {
  const either = AbortSignal.any([ending.signal, ended])
  if (!either.aborted) await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }))
  return { stop: ending.stop }
}
