import { readFile, rm, writeFile } from 'node:fs/promises'
import { endProcess } from './ending.ts'
import { isAlive, type ProcessIdentity } from './identity.ts'

const graceMs = 5_000

/** The list of the processes that were started, in a file: what a killed quickstart leaves behind is found there. */
export class ProcessRegister {
  readonly #file: string
  readonly #identities: ProcessIdentity[] = []

  constructor(file: string) {
    this.#file = file
  }

  /** Adds a process that was just started. */
  async add(identity: ProcessIdentity): Promise<void> {
    this.#identities.push(identity)
    await writeFile(this.#file, JSON.stringify(this.#identities))
  }

  /** Ends what an earlier start left, and forgets it. Answers how many there were. */
  async endLeftovers(): Promise<number> {
    const left = (await this.#read()).filter(isAlive)
    await Promise.all(left.map(({ pid }) => endProcess(pid, graceMs)))
    await this.clear()
    return left.length
  }

  /** After a clean end. */
  async clear(): Promise<void> {
    await rm(this.#file, { force: true })
  }

  async #read(): Promise<ProcessIdentity[]> {
    try {
      return JSON.parse(await readFile(this.#file, 'utf8')) as ProcessIdentity[]
    } catch {
      return []
    }
  }
}
