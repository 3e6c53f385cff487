/** Lines that are kept of what was said too early. */
const maxEarlyLines = 20

/**
 * Work that begins before its turn in the log, because nothing it needs is missing. What it says comes when its turn
 * does.
 */
export class Ahead<T> {
  readonly #done: Promise<T>
  #early: string[] = []
  #say: ((line: string) => void) | null = null

  constructor(work: (say: (line: string) => void) => Promise<T>) {
    this.#done = work((line) => this.#heard(line))
    // If its turn never comes, its failure is nobody's.
    this.#done.catch(() => {})
  }

  /** Its turn has come. */
  turn(say: (line: string) => void): Promise<T> {
    for (const line of this.#early) say(line)
    this.#early = []
    this.#say = say
    return this.#done
  }

  #heard(line: string): void {
    if (this.#say) this.#say(line)
    else this.#early = [...this.#early, line].slice(-maxEarlyLines)
  }
}
