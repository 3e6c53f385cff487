import type { Clock } from '../base/clock.ts'
import type { EndSignal, Engine } from './engine.ts'
import type { Stop } from './outcome.ts'

/** How a container is ended: each signal, and how long to wait for the end after it, in milliseconds. */
export const ladder = [
  // OpenTofu and Terraform save their state on SIGINT; a second signal makes them give up at once.
  { name: 'SIGINT', graceMs: 30_000 },
  { name: 'SIGTERM', graceMs: 10_000 },
  { name: 'SIGKILL', graceMs: 10_000 },
] as const satisfies readonly { readonly name: EndSignal; readonly graceMs: number }[]

export interface LadderParts {
  readonly engine: Pick<Engine, 'signal'>
  readonly clock: Clock
  readonly container: string
  /** Told of signals that could not be sent; the next one is tried all the same. */
  readonly failed: (name: EndSignal, error: unknown) => void
}

/**
 * Goes down the ladder until `ended` is aborted. Resolves then, or when even SIGKILL did not help. `killed` begins with
 * SIGKILL.
 */
export async function endContainer(parts: LadderParts, stop: Stop, ended: AbortSignal): Promise<void> {
  for (const rung of ladder) {
    if (rung.name !== 'SIGKILL' && (stop.cause === 'killed' || stop.hastened.aborted)) continue
    if (ended.aborted) return
    try {
      await parts.engine.signal(parts.container, rung.name)
    } catch (error) {
      parts.failed(rung.name, error)
    }
    const sooner = rung.name === 'SIGKILL' ? ended : AbortSignal.any([ended, stop.hastened])
    await parts.clock.sleep(rung.graceMs, sooner).catch(() => {})
  }
}
