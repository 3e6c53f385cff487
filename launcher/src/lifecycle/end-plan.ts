/** How long a container may take after each signal, in milliseconds. */
export interface EndGraces {
  readonly interruptMs: number
  readonly terminateMs: number
  readonly killMs: number
}

/** What happens when, in milliseconds from now, so that the process is gone in time. */
export interface EndPlan {
  /** When the job in hand is interrupted. */
  readonly interruptInMs: number
  /** When it is killed, whatever was being done to end it. */
  readonly killInMs: number
  /** When the process ends, whatever is left. */
  readonly exitInMs: number
  readonly haste: {
    readonly graces: EndGraces
    /** For the end of the log, and once more for the last report. */
    readonly deliveryMs: number
  }
}

/** After the container's end: removing it and its workspace, and twice a delivery. */
const wrapUpMs = 15_000
const deliveryMs = 5_000

/** For the goodbye, which takes 1.6 s at most. */
const goodbyeMs = 2_000

/** How long a launcher takes at most from the interruption of a job to its own end, if it is not in haste. */
export function leadMs({ interruptMs, terminateMs, killMs }: EndGraces): number {
  return interruptMs + terminateMs + killMs + wrapUpMs + goodbyeMs
}

/**
 * Plans an end that must be over in `leftMs`. With the usual graces the lead is 30 s for SIGINT, 10 s for SIGTERM, 10 s for SIGKILL, 15 s to wrap
 * up, 2 s for the goodbye: 67 s before the end the job is interrupted. If less is left it is interrupted now, and every share becomes shorter in
 * the same proportion: of 27 s a tool has 12 s to save its state.
 */
export function planEnd(leftMs: number, graces: EndGraces): EndPlan {
  const lead = leadMs(graces)
  const scale = Math.min(1, leftMs / lead)
  const interruptInMs = Math.max(0, leftMs - lead)
  const scaled = (ms: number) => Math.floor(ms * scale)
  return {
    interruptInMs,
    killInMs: interruptInMs + scaled(graces.interruptMs + graces.terminateMs),
    exitInMs: leftMs,
    haste: {
      graces: {
        interruptMs: scaled(graces.interruptMs),
        terminateMs: scaled(graces.terminateMs),
        killMs: scaled(graces.killMs),
      },
      deliveryMs: scaled(deliveryMs),
    },
  }
}
