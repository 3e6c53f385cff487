import { Ahead } from './ahead.ts'
import { bringImage, isAllowedImage, refuseForeignImage } from './image.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import { imageOf } from './plan.ts'

/** Something that is on its way, and what exactly. */
interface OnItsWay<T> {
  readonly what: string
  readonly ahead: Ahead<T>
  readonly abandoned: AbortController
}

type Said = (line: string) => void

/**
 * Fetches the image and the tool of a job while its source is put in place, because mostly they need nothing of it. If
 * the source then wants others, the first ones are given up.
 */
export class Fetching implements Disposable {
  readonly #parts: ConductorParts
  #image: OnItsWay<void> | null
  #binaries: OnItsWay<string | null>

  constructor(parts: ConductorParts, hand: JobInHand) {
    this.#parts = parts
    this.#image = isAllowedImage(imageOf(hand.job, parts.settings), parts.settings) ? this.#bringImage(hand) : null
    this.#binaries = this.#bringTool(hand)
  }

  /** The image of the job as it is to run. Throws IMAGE_REFUSED. */
  image(hand: JobInHand): Ahead<void> {
    const { settings } = this.#parts
    const what = imageOf(hand.job, settings)
    refuseForeignImage(what, settings)
    if (this.#image?.what !== what) {
      this.#image?.abandoned.abort()
      this.#image = this.#bringImage(hand)
    }
    return this.#image.ahead
  }

  /** The directory of its tool's executable, or null if there is none to fetch. */
  binaries(hand: JobInHand): Ahead<string | null> {
    if (this.#binaries.what !== toolOf(hand)) {
      this.#binaries.abandoned.abort()
      this.#binaries = this.#bringTool(hand)
    }
    return this.#binaries.ahead
  }

  /** Gives up what is still on its way. */
  [Symbol.dispose](): void {
    this.#image?.abandoned.abort()
    this.#binaries.abandoned.abort()
  }

  #bringImage(hand: JobInHand): OnItsWay<void> {
    const { engine, settings } = this.#parts
    const image = imageOf(hand.job, settings)
    const policy = settings.pullPolicy
    return begin(hand, image, (signal, say) => bringImage({ engine, image, policy, signal, say }))
  }

  #bringTool(hand: JobInHand): OnItsWay<string | null> {
    const { tool, job } = hand
    const { version } = job.tool
    return begin(hand, toolOf(hand), async (signal, progress) =>
      version === null || tool.binary === null
        ? null
        : this.#parts.binaries.directory(tool, version, { signal, progress }),
    )
  }
}

function toolOf({ job: { tool } }: JobInHand): string {
  return `${tool.name} ${tool.version}`
}

function begin<T>(
  { ending }: JobInHand,
  what: string,
  work: (signal: AbortSignal, say: Said) => Promise<T>,
): OnItsWay<T> {
  const abandoned = new AbortController()
  const signal = AbortSignal.any([ending.signal, abandoned.signal])
  return { what, abandoned, ahead: new Ahead((say) => work(signal, say)) }
}
