import type { Clock } from '../base/clock.ts'
import type { EndSignal, Engine } from './engine.ts'
import type { Stop } from './outcome.ts'
import type { Graces } from './run.ts'

/** What of the graces is nobody's wish: the kernel ends what SIGKILL meets, and a daemon that is slow to say so is waited for. */
export const killGraceMs = 10_000

export interface LadderParts {
  readonly engine: Pick<Engine, 'signal'>
  readonly clock: Clock
  readonly container: string
  /** Those of the settings; a stop that is in haste brings its own. */
  readonly graces: Graces
  /** What a predecessor sent, and how long ago in milliseconds; missing: nothing. It is not sent twice, but for SIGKILL. */
  readonly sent?: readonly { readonly name: EndSignal; readonly agoMs: number }[]
  /** Called before each signal. */
  readonly sending?: (name: EndSignal) => Promise<void>
  /** Told of signals that could not be sent; the next one is tried all the same. */
  readonly failed: (name: EndSignal, error: unknown) => void
}

interface Rung {
  readonly name: EndSignal
  readonly graceMs: number
}

/**
 * Goes down the ladder until `ended` is aborted. Resolves then, or when even SIGKILL did not help. `killed` begins with
 * SIGKILL.
 */
export async function endContainer(parts: LadderParts, stop: Stop, ended: AbortSignal): Promise<void> {
  for (const rung of rungs(stop.haste?.graces ?? parts.graces)) {
    if (rung.name !== 'SIGKILL' && (stop.cause === 'killed' || stop.hastened.aborted)) continue
    if (ended.aborted) return
    const agoMs = sentAgo(parts, rung.name)
    if (agoMs === null) await send(parts, rung.name)
    const sooner = rung.name === 'SIGKILL' ? ended : AbortSignal.any([ended, stop.hastened])
    await parts.clock.sleep(graceLeft(rung, agoMs), sooner).catch(() => {})
  }
}

function graceLeft({ graceMs }: Rung, agoMs: number | null): number {
  return Math.max(0, graceMs - Math.max(0, agoMs ?? 0))
}

/** How long ago a predecessor sent a signal that must not be sent twice, in milliseconds; null: it did not, or that does no harm. */
function sentAgo({ sent = [] }: LadderParts, name: EndSignal): number | null {
  return name === 'SIGKILL' ? null : (sent.find((each) => each.name === name)?.agoMs ?? null)
}

async function send({ engine, container, sending, failed }: LadderParts, name: EndSignal): Promise<void> {
  try {
    await sending?.(name)
    await engine.signal(container, name)
  } catch (error) {
    failed(name, error)
  }
}

/** OpenTofu and Terraform save their state on SIGINT; a second signal makes them give up at once. */
function rungs({ interruptMs, terminateMs, killMs }: Graces): readonly Rung[] {
  return [
    { name: 'SIGINT', graceMs: interruptMs },
    { name: 'SIGTERM', graceMs: terminateMs },
    { name: 'SIGKILL', graceMs: killMs },
  ]
}
