import type { Readable } from 'node:stream'
import type { Stored } from '../../../protocol/report.ts'
import type { Caller, Download } from '../api/services.ts'
import { Refusal } from '../base/errors.ts'
import type { JobParts } from './parts.ts'
import { jobInHand, startedJob } from './own-job.ts'
import type { JobRecord } from './table.ts'
import { Turns } from './turns.ts'

/** How many left workspaces one sweep removes. */
const tidiedAtOnce = 100

/** The big things that a job fetches and leaves: source, workspace, a state that could not be saved. */
export class Transfers {
  readonly #parts: JobParts
  /** Two uploads of one workspace at once could leave one's bytes under the other's digest. */
  readonly #turns = new Turns()

  constructor(parts: JobParts) {
    this.#parts = parts
  }

  async source(caller: Caller, id: string): Promise<Download> {
    const snapshot = await this.#parts.store.read(async (tables) => {
      const job = await jobInHand(tables, caller, id)
      return tables.runs.snapshot(job.run)
    })
    const source = snapshot?.source
    const content = source?.kind === 'archive' ? await this.#parts.sources.read(source.id) : null
    if (source?.kind !== 'archive' || content === null)
      throw new Refusal('not-found', `job ${id} has no source archive`)
    return { length: source.length, content }
  }

  /** The workspace that the job before the pause left. */
  async workspace(caller: Caller, id: string): Promise<Download> {
    const paused = await this.#parts.store.read(async (tables) => {
      const { continues } = await jobInHand(tables, caller, id)
      return continues === null ? null : tables.jobs.get(continues)
    })
    const content = paused?.workspace ? await this.#parts.objects.read(workspaceKey(paused)) : null
    if (!paused?.workspace || content === null) throw new Refusal('not-found', `job ${id} goes on with no workspace`)
    return { length: paused.workspace.length, content }
  }

  storeWorkspace(caller: Caller, id: string, content: Readable): Promise<Stored> {
    return this.#turns.take(id, () => this.#storeWorkspace(caller, id, heldBack(content)))
  }

  async #storeWorkspace(caller: Caller, id: string, content: Readable): Promise<Stored> {
    const { store, objects } = this.#parts
    const job = await store.transaction(async (tables) => {
      const found = await jobInHand(tables, caller, id)
      if (!found.pauses) throw new Refusal('bad-request', `job ${id} does not pause: it leaves no workspace`)
      // Written before the object is: whatever then happens, tidying knows that there may be one.
      await tables.jobs.update(id, { workspaceKept: true, workspace: null })
      return found
    })
    const stored = await objects.put(workspaceKey(job), content)
    try {
      await store.transaction(async (tables) => {
        await jobInHand(tables, caller, id)
        await tables.jobs.update(id, { workspaceKept: true, workspace: stored })
      })
    } catch (error) {
      if (error instanceof Refusal && error.code === 'job-lost') await objects.remove(workspaceKey(job))
      throw error
    }
    return stored
  }

  /**
   * Also of a job that was taken from the worker after its start: what was made in the world is written nowhere else, and who has it is
   * listened to.
   */
  async storeErroredState(caller: Caller, id: string, content: Readable): Promise<Stored> {
    const { store, states } = this.#parts
    const waiting = heldBack(content)
    const run = await store.read(async (tables) => tables.runs.get((await startedJob(tables, caller, id)).run))
    if (run === null) throw new Error(`job ${id} without its run`)
    const { length, sha256 } = await states.rescue(run.stack, run.id, waiting)
    return { length, sha256 }
  }

  /** Removes the workspaces of runs that are over: sealed as they are, they hold what was planned. */
  async tidy(): Promise<void> {
    const { store, objects } = this.#parts
    const left = await store.read((tables) => tables.jobs.withLeftWorkspace(tidiedAtOnce))
    for (const job of left) {
      await objects.remove(workspaceKey(job))
      await store.transaction((tables) => tables.jobs.update(job.id, { workspaceKept: false, workspace: null }))
    }
  }
}

function workspaceKey(job: JobRecord): string {
  return `workspaces/${job.run}/${job.id}`
}

/** A connection may break before anybody reads it: whoever reads it then is told, and until then nobody needs to be. */
function heldBack(content: Readable): Readable {
  return content.on('error', () => {})
}
