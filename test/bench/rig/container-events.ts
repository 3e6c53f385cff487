import type Docker from 'dockerode'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** Something that happened to a container. */
export interface ContainerEvent {
  /** Such as `create`, `attach`, `start`, `die`, `destroy`. */
  readonly action: string
  readonly container: string
  readonly labels: Readonly<Record<string, string>>
  /** When it was heard of, by `performance.now()`. */
  readonly atMs: number
}

interface Waiter {
  readonly match: (event: ContainerEvent) => boolean
  readonly found: (event: ContainerEvent) => void
}

/**
 * What the daemon tells of its containers, as it comes. The same clock for everybody: a launcher's container and a floor's are both timed by
 * what is heard here, and so by the same delay.
 */
export class ContainerEvents implements Disposable {
  readonly #stream: Readable
  readonly #seen: ContainerEvent[] = []
  readonly #waiters = new Set<Waiter>()

  private constructor(stream: Readable) {
    this.#stream = stream
    stream.on('error', () => {})
    createInterface({ input: stream }).on('line', (line) => this.#heard(line))
  }

  static async open(docker: Docker): Promise<ContainerEvents> {
    return new ContainerEvents((await docker.getEvents({ filters: { type: ['container'] } })) as Readable)
  }

  /** The first event that fits, whether it came already since the last `forget` or is to come. */
  when(match: (event: ContainerEvent) => boolean): Promise<ContainerEvent> {
    const seen = this.#seen.find(match)
    if (seen) return Promise.resolve(seen)
    return new Promise((found) => this.#waiters.add({ match, found }))
  }

  /** Answers everything since the last call, and forgets it and whoever still waits. */
  forget(): readonly ContainerEvent[] {
    this.#waiters.clear()
    return this.#seen.splice(0)
  }

  [Symbol.dispose](): void {
    this.#stream.destroy()
  }

  #heard(line: string): void {
    const atMs = performance.now()
    const { Action, Actor } = JSON.parse(line) as {
      Action: string
      Actor: { ID: string; Attributes: Record<string, string> }
    }
    const event = { action: Action, container: Actor.ID, labels: Actor.Attributes, atMs }
    this.#seen.push(event)
    for (const waiter of this.#waiters) {
      if (!waiter.match(event)) continue
      this.#waiters.delete(waiter)
      waiter.found(event)
    }
  }
}
