/** Lets work on one thing wait for the work before it on the same thing. Work on other things goes on beside it. */
export class Turns {
  /** The newest turn of each thing that somebody works on. */
  readonly #last = new Map<string, Promise<unknown>>()

  /** Does the work after everything that was asked for the same `name` before, however that ended. */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve()
    const mine = before.then(work, work)
    this.#last.set(name, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(name) === mine) this.#last.delete(name)
    }
  }
}
