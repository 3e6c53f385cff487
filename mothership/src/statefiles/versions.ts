import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/errors.ts'
import type { Objects } from '../objects/objects.ts'
import type { Secrets } from '../secrets/secrets.ts'
import type { Store, Tables } from '../store/store.ts'
import { maxStateBytes, orderOf } from './state-content.ts'
import type { StateOrigin, StateVersionRecord } from './table.ts'

/**
 * Versions of a stack's state that are kept, without those that lie beside: a run that is rescued leaves one of these at most, and none of
 * them is ever removed. The oldest goes when there is one more.
 */
export const keptVersions = 500

/** What states are kept with. `newId` makes ULIDs. */
export interface StateParts {
  readonly store: Store
  readonly objects: Objects
  readonly secrets: Secrets
  readonly clock: Clock
  readonly newId: () => string
}

/** A state that is to become a version. */
export interface NewVersion {
  readonly stack: string
  readonly content: Uint8Array
  readonly run: string | null
  /** Decides, in the transaction that adds it, as what it is added; a version that has the same content already takes its place. Throws to refuse. */
  readonly decide: (tables: Tables, state: Incoming) => Promise<StateOrigin | StateVersionRecord>
}

/** What is decided about. `serial` and `lineage` of what is no state are 0 and empty, and `isState` is false. */
export interface Incoming {
  readonly serial: number
  readonly lineage: string
  readonly isState: boolean
  readonly md5: string
  readonly newest: StateVersionRecord | null
}

/** The versions of all states: a row for each, and its content as a sealed object. */
export class StateVersions {
  readonly #parts: StateParts

  constructor(parts: StateParts) {
    this.#parts = parts
  }

  /** Adds a version. The content is stored first: a row without its content would be a lost state, an object without a row is only litter. */
  async add(version: NewVersion): Promise<StateVersionRecord> {
    const { content, stack } = version
    if (content.byteLength > maxStateBytes) {
      throw new Refusal(
        'too-large',
        `state of ${stack}: expected at most ${maxStateBytes} bytes, got ${content.byteLength}`,
      )
    }
    const id = this.#parts.newId()
    const key = keyOf(stack, id)
    await this.#parts.objects.put(key, Readable.from([this.#parts.secrets.sealBytes(content, key)]))
    try {
      const { record, dropped } = await this.#parts.store.transaction((tables) => this.#enter(tables, id, version))
      if (record.id !== id) dropped.push(id)
      for (const each of dropped) await this.#parts.objects.remove(keyOf(stack, each))
      return record
    } catch (error) {
      await this.#parts.objects.remove(key)
      throw error
    }
  }

  /** The content of a version. */
  async content(version: StateVersionRecord): Promise<Buffer> {
    const key = keyOf(version.stack, version.id)
    const stream = await this.#parts.objects.read(key)
    if (!stream) throw new Error(`the content of state version ${version.id} of ${version.stack} is not there`)
    return this.#parts.secrets.openBytes(await buffer(stream), key)
  }

  async #enter(tables: Tables, id: string, { stack, content, run, decide }: NewVersion): Promise<Entered> {
    const order = orderOf(content)
    const state = { serial: order?.serial ?? 0, lineage: order?.lineage ?? '', md5: md5Of(content) }
    const newest = await tables.states.newest(stack)
    const decision = await decide(tables, { ...state, isState: order !== null, newest })
    if (typeof decision !== 'string') return { record: decision, dropped: [] }
    const sequence = await tables.states.nextSequence(stack)
    const length = content.byteLength
    const record = { id, stack, sequence, ...state, origin: decision, run, length, createdAt: this.#parts.clock.now() }
    await tables.states.insert(record)
    return { record, dropped: await prune(tables, stack) }
  }
}

interface Entered {
  readonly record: StateVersionRecord
  readonly dropped: string[]
}

async function prune(tables: Tables, stack: string): Promise<string[]> {
  const ordinary = (await tables.states.list(stack)).filter((version) => version.origin !== 'beside')
  const dropped = ordinary.slice(keptVersions).map((version) => version.id)
  await tables.states.remove(dropped)
  return dropped
}

/** Lower-case hex. MD5 only finds accidents here: it is what the tools send and compare. */
export function md5Of(content: Uint8Array): string {
  return createHash('md5').update(content).digest('hex')
}

function keyOf(stack: string, version: string): string {
  return `states/${stack}/${version}`
}
