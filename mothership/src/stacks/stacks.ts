import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/errors.ts'
import type { Person, StackAdministration, StackView } from '../graphql/services.ts'
import type { Secrets } from '../secrets/secrets.ts'
import type { Store, Tables } from '../store/store.ts'
import type { ArchiveSource, StackDefinition, StackSource } from './definition.ts'
import { readDefinition } from './read-definition.ts'
import { type OpenStack, openStack, sealStack, type StackSnapshot } from './snapshot.ts'
import { slugOf } from './slug.ts'
import type { StackRecord } from './table.ts'
import { viewOf } from './view.ts'

/** What stacks are kept with. */
export interface StacksParts {
  readonly store: Store
  readonly secrets: Secrets
  readonly clock: Clock
}

/** Stacks: what is run, where, and with what. Their secrets are sealed before they reach the database. */
export class Stacks implements StackAdministration {
  readonly #parts: StacksParts

  constructor(parts: StacksParts) {
    this.#parts = parts
  }

  async apply(yaml: string, options: { readonly source?: string | undefined }): Promise<StackView> {
    const definition = readDefinition(yaml)
    const now = this.#parts.clock.now()
    const record = await this.#parts.store.transaction(async (tables) => {
      const before = await tables.stacks.get(definition.id)
      refuseOthersId(definition, before)
      const pool = await poolOf(tables, definition.pool)
      const source = await sourceOf(tables, { definition, upload: options.source, before })
      const record = { id: definition.id, pool, snapshot: this.#seal(definition, source), updatedAt: now }
      const createdAt = before?.createdAt ?? now
      await (before ? tables.stacks.replace({ ...record, createdAt }) : tables.stacks.insert({ ...record, createdAt }))
      await holdSource(tables, definition.id, source)
      return { ...record, createdAt }
    })
    return viewOf(record, this.open(record.snapshot))
  }

  async get(id: string): Promise<StackView | null> {
    const record = await this.#parts.store.read((tables) => tables.stacks.get(id))
    return record ? viewOf(record, this.open(record.snapshot)) : null
  }

  async list(): Promise<readonly StackView[]> {
    const records = await this.#parts.store.read((tables) => tables.stacks.list())
    return records.map((record) => viewOf(record, this.open(record.snapshot)))
  }

  /** The stack's states stay: see statefiles/. */
  async remove(id: string, _by: Person): Promise<StackView | null> {
    const record = await this.#parts.store.transaction(async (tables) => {
      const found = await tables.stacks.get(id)
      if (!found) return null
      if (await tables.runs.anyUnfinished(id)) {
        throw new Refusal('conflict', `stack ${id} has a run that is not over: stop or discard it first`)
      }
      await tables.sources.release({ kind: 'stack', id })
      await tables.stacks.remove(id)
      return found
    })
    return record && viewOf(record, this.open(record.snapshot))
  }

  /** Opens a snapshot, for a job's document and nothing else. */
  open(snapshot: StackSnapshot): OpenStack {
    return openStack(snapshot, this.#parts.secrets)
  }

  #seal({ pool: _pool, ...definition }: StackDefinition, source: StackSource): StackSnapshot {
    return sealStack({ ...definition, source }, this.#parts.secrets)
  }
}

/** Two names can have one slug. Whoever writes the id means the stack that is there. */
function refuseOthersId(definition: StackDefinition, before: StackRecord | null): void {
  if (!before || before.snapshot.name === definition.name || definition.id !== slugOf(definition.name)) return
  const advice = `give this one another id, or write id: ${definition.id} in another name to rename that stack`
  throw new Refusal(
    'conflict',
    `stack id ${definition.id} belongs to ${JSON.stringify(before.snapshot.name)}: ${advice}`,
  )
}

/** A pool by its id or name. Without either, the only pool; null if there is none yet. */
async function poolOf(tables: Tables, wanted: string | null): Promise<string | null> {
  if (wanted !== null) {
    const pool = (await tables.pools.get(wanted)) ?? (await tables.pools.named(wanted))
    if (!pool) throw new Refusal('bad-request', `stack: pool: there is no pool ${JSON.stringify(wanted)}`)
    return pool.id
  }
  const pools = await tables.pools.list()
  if (pools.length > 1) {
    const names = pools.map((pool) => pool.name).slice(0, 10)
    throw new Refusal('bad-request', `stack: pool: is missing, and there are several: ${names.join(', ')}`)
  }
  return pools[0]?.id ?? null
}

interface Sending {
  readonly definition: StackDefinition
  readonly upload: string | undefined
  readonly before: StackRecord | null
}

/** A directory without an upload stays what it was. */
async function sourceOf(tables: Tables, { definition, upload, before }: Sending): Promise<StackSource> {
  if (definition.source.kind !== 'directory') {
    if (upload === undefined) return definition.source
    throw new Refusal('bad-request', `stack: source: is ${definition.source.kind}, but an archive was uploaded`)
  }
  if (upload !== undefined) return archiveOf(tables, upload)
  if (before?.snapshot.source.kind === 'archive') return before.snapshot.source
  throw new Refusal('bad-request', 'stack: source: is a directory, so it is to be uploaded first')
}

async function archiveOf(tables: Tables, id: string): Promise<ArchiveSource> {
  const source = await tables.sources.get(id)
  if (!source) throw new Refusal('bad-request', `stack: source: there is no upload ${id}, or not any more`)
  return { kind: 'archive', id, length: source.length, sha256: source.sha256, uploadedAt: source.createdAt }
}

async function holdSource(tables: Tables, stack: string, source: StackSource): Promise<void> {
  await tables.sources.release({ kind: 'stack', id: stack })
  if (source.kind === 'archive') await tables.sources.hold(source.id, { kind: 'stack', id: stack })
}
