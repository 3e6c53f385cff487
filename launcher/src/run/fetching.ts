import { Ahead } from './ahead.ts'
import { bringImage, isAllowedImage, refuseForeignImage } from './image.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import { imageOf } from './plan.ts'

/** Something that is on its way, and what exactly. */
interface OnItsWay<T> {
  readonly what: string
  readonly thing: T
  readonly abandoned: AbortController
}

/** Begins to fetch the tool of a job. */
export type FetchTool<T> = (hand: JobInHand, signal: AbortSignal) => T

/**
 * Fetches the image and the tool of a job while its source is put in place, because mostly they need nothing of it. If
 * the source then wants others, the first ones are given up.
 */
export class Fetching<T> implements Disposable {
  readonly #parts: ConductorParts
  readonly #fetchTool: FetchTool<T>
  #image: OnItsWay<Ahead<readonly string[]>> | null
  #tool: OnItsWay<T>

  constructor(parts: ConductorParts, hand: JobInHand, fetchTool: FetchTool<T>) {
    this.#parts = parts
    this.#fetchTool = fetchTool
    this.#image = isAllowedImage(imageOf(hand.job, parts.settings), parts.settings) ? this.#beginImage(hand) : null
    this.#tool = this.#beginTool(hand)
  }

  /** The image of the job as it is to run: the volumes that it declares. Throws IMAGE_REFUSED. */
  image(hand: JobInHand): Ahead<readonly string[]> {
    const { settings } = this.#parts
    const what = imageOf(hand.job, settings)
    refuseForeignImage(what, settings)
    if (this.#image?.what !== what) {
      this.#image?.abandoned.abort()
      this.#image = this.#beginImage(hand)
    }
    return this.#image.thing
  }

  /** Its tool. */
  tool(hand: JobInHand): T {
    if (this.#tool.what !== toolIn(hand)) {
      this.#tool.abandoned.abort()
      this.#tool = this.#beginTool(hand)
    }
    return this.#tool.thing
  }

  /** Gives up what is still on its way. */
  [Symbol.dispose](): void {
    this.#image?.abandoned.abort()
    this.#tool.abandoned.abort()
  }

  #beginImage(hand: JobInHand): OnItsWay<Ahead<readonly string[]>> {
    const { engine, settings } = this.#parts
    const image = imageOf(hand.job, settings)
    const policy = settings.pullPolicy
    return begin(hand, image, (signal) => {
      const bring = (say: (line: string) => void) => bringImage({ engine, image, policy, signal, say })
      return new Ahead((say) => bring(say).then(() => engine.volumes(image, signal)))
    })
  }

  #beginTool(hand: JobInHand): OnItsWay<T> {
    return begin(hand, toolIn(hand), (signal) => this.#fetchTool(hand, signal))
  }
}

function toolIn({ job: { tool } }: JobInHand): string {
  return `${tool.name} ${tool.version}`
}

function begin<T>({ ending }: JobInHand, what: string, work: (signal: AbortSignal) => T): OnItsWay<T> {
  const abandoned = new AbortController()
  return { what, abandoned, thing: work(AbortSignal.any([ending.signal, abandoned.signal])) }
}
