import type { Readable } from 'node:stream'
import { Refusal } from '../base/errors.ts'
import type { LogView } from '../graphql/services.ts'
import type { Objects } from '../objects/objects.ts'
import type { Tables } from '../store/store.ts'
import type { Records } from '../workers/parts.ts'
import { wholeCharacters } from './characters.ts'
import { logKey } from './job-log.ts'
import { standingOf } from './states.ts'
import type { JobRecord, TransitionRecord } from './table.ts'

/** Largest piece of a log in one answer, in bytes. */
export const maxPieceBytes = 256 * 1024

/** A stay of a run in a state. */
export interface Stay {
  readonly state: string
  readonly version: number
}

/** Where a state's log is in its job's: bytes `start` to `held`, and `end` once it is known where the state's log ends. */
interface Slice {
  readonly key: string
  readonly start: number
  readonly held: number
  readonly end: number | null
}

/** Reads what the jobs of a run wrote, state by state. */
export class RunLogs {
  readonly #store: Records
  readonly #objects: Objects

  constructor(store: Records, objects: Objects) {
    this.#store = store
    this.#objects = objects
  }

  /** The piece that begins at `token`, or at the state's beginning. Refuses (`bad-request`) a token that is not one of ours. */
  async read(run: string, stay: Stay, token: string | null): Promise<LogView> {
    const position = positionOf(token)
    const slice = await this.#store.read((tables) => sliceOf(tables, run, stay))
    if (slice === null) return { exists: false, finished: true, hasMore: false, text: '', nextToken: tokenOf(position) }
    const from = Math.min(slice.start + position, slice.held)
    const to = Math.min(from + maxPieceBytes, slice.held)
    const bytes = await this.#bytes(slice.key, from, to)
    const piece = to === slice.end ? bytes : wholeCharacters(bytes)
    const next = from + piece.byteLength
    return {
      exists: true,
      finished: slice.end !== null && next >= slice.end,
      hasMore: to < slice.held,
      text: piece.toString('utf8'),
      nextToken: tokenOf(next - slice.start),
    }
  }

  async #bytes(key: string, start: number, end: number): Promise<Buffer> {
    const content = start < end ? await this.#objects.read(key, { start, end }) : null
    return content === null ? Buffer.alloc(0) : collect(content)
  }
}

async function collect(content: Readable): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}

/** Whether a state has a log: it is a part of a job. */
export function hasLog(transition: TransitionRecord): boolean {
  return transition.job !== null && standingOf(transition.state) === 'working'
}

async function sliceOf(tables: Tables, run: string, stay: Stay): Promise<Slice | null> {
  const transitions = await tables.runs.transitions(run)
  const index = transitions.findIndex(
    ({ state, stateVersion }) => state === stay.state && stateVersion === stay.version,
  )
  const own = transitions[index]
  if (own === undefined || own.job === null || !hasLog(own)) return null
  const job = await tables.jobs.get(own.job)
  if (job === null) return null
  // Read after the length: a phase that began in between must not give its bytes to the state before it.
  const following = (await tables.runs.transitions(run))[index + 1]
  const next = following?.job === own.job ? following.logOffset : null
  return { key: logKey(run, own.job), start: own.logOffset, ...extentOf(job, next) }
}

/** A state's log ends where the next one's begins, or with the job's; and never behind what is held, once nothing can come any more. */
function extentOf(job: JobRecord, next: number | null): Pick<Slice, 'held' | 'end'> {
  const held = Math.min(job.logLength, next ?? job.logLength)
  return { held, end: job.endedAt === null ? next : held }
}

function tokenOf(position: number): string {
  return String(Math.max(position, 0))
}

function positionOf(token: string | null): number {
  if (token === null) return 0
  if (/^\d{1,15}$/.test(token)) return Number(token)
  throw new Refusal('bad-request', `log token: expected one that an earlier answer gave, came ${JSON.stringify(token)}`)
}
