import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import { labels } from './plan.ts'

/** Removes whatever containers have these labels, but for one that is kept; also one whose creation was cut off before its id was known. */
export async function removeContainers(
  { engine }: Pick<ConductorParts, 'engine'>,
  wanted: Readonly<Partial<Record<keyof typeof labels, string>>>,
  kept: string | null = null,
): Promise<number> {
  const query = Object.fromEntries(
    Object.entries(wanted).map(([name, value]) => [labels[name as keyof typeof labels], value]),
  )
  const found = (await engine.list(query)).filter(({ id }) => id !== kept)
  for (const { id } of found) await engine.remove(id)
  return found.length
}

/** Where a job's container stands; it is removed by what is known of it. */
export class JobContainer {
  readonly #parts: Pick<ConductorParts, 'engine'>
  readonly #hand: Pick<JobInHand, 'id'>
  #attempted = false
  #id: string | null = null

  constructor(parts: Pick<ConductorParts, 'engine'>, hand: Pick<JobInHand, 'id'>) {
    this.#parts = parts
    this.#hand = hand
  }

  /** Remembers a container that is being made. */
  async made(creating: () => Promise<string>): Promise<string> {
    this.#attempted = true
    this.#id = await creating()
    return this.#id
  }

  /** Remembers a container that an earlier launcher made. */
  found(id: string): void {
    this.#id = id
  }

  async remove(): Promise<void> {
    if (this.#id !== null) await this.#parts.engine.remove(this.#id)
    else if (this.#attempted) await removeContainers(this.#parts, { job: this.#hand.id })
  }
}
