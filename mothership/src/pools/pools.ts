import { X509Certificate, type KeyObject } from 'node:crypto'
import { encodeToken } from '../../../protocol/token.ts'
import type { PoolGate } from '../api/services.ts'
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/errors.ts'
import type { NewPool, Person, PoolAdministration, PoolView } from '../graphql/services.ts'
import type { Store, Tables } from '../store/store.ts'
import { type Issuer, issueCertificate } from './certificate.ts'
import { checkPool } from './pool-wish.ts'
import { readSigningRequest } from './signing-request.ts'
import type { PoolRecord } from './table.ts'

const certificateDays = 5 * 365

/** What pools are made with. */
export interface PoolsParts {
  readonly store: Store
  readonly clock: Clock
  /** Makes ULIDs. */
  readonly newId: () => string
  readonly authority: Issuer
  /** What goes into tokens: `mqtts://host:port` and `https://host:port`. */
  readonly endpoints: { readonly broker: string; readonly api: string }
  /** The pool's old certificate is good for nothing any more: its workers are to leave. Called after the change is committed. */
  readonly onReset: (pool: string, by: Person) => Promise<void>
}

/** Pools: made from a signing request, so that the pool's private key is never here. */
export class Pools implements PoolGate, PoolAdministration {
  readonly #parts: PoolsParts

  constructor(parts: PoolsParts) {
    this.#parts = parts
  }

  poolOf(fingerprint: string): Promise<string | null> {
    return this.#parts.store.read((tables) => tables.pools.idOf(fingerprint))
  }

  async create(pool: NewPool): Promise<PoolView> {
    const wish = checkPool(pool)
    const publicKey = readSigningRequest(pool.certificateSigningRequest)
    const now = this.#parts.clock.now()
    const id = this.#parts.newId()
    const record = { ...defaults, ...wish, id, ...this.#certify(id, publicKey), createdAt: now, updatedAt: now }
    await this.#parts.store.transaction(async (tables) => {
      await refuseDouble(tables, record)
      await tables.pools.insert(record)
    })
    return this.#viewWithToken(record)
  }

  async update(id: string, pool: Omit<NewPool, 'certificateSigningRequest'>): Promise<PoolView> {
    const wish = checkPool(pool)
    const record = await this.#parts.store.transaction(async (tables) => {
      const changed = { ...(await known(tables, id)), ...wish, updatedAt: this.#parts.clock.now() }
      await refuseDouble(tables, changed)
      await tables.pools.replace(changed)
      return changed
    })
    return viewOf(record)
  }

  async reset(id: string, certificateSigningRequest: string, by: Person): Promise<PoolView> {
    const publicKey = readSigningRequest(certificateSigningRequest)
    const certified = this.#certify(id, publicKey)
    const record = await this.#parts.store.transaction(async (tables) => {
      const changed = { ...(await known(tables, id)), ...certified, updatedAt: this.#parts.clock.now() }
      await tables.pools.replace(changed)
      return changed
    })
    await this.#parts.onReset(id, by)
    return this.#viewWithToken(record)
  }

  async remove(id: string, by: Person): Promise<PoolView> {
    const record = await this.#parts.store.transaction(async (tables) => {
      const found = await known(tables, id)
      const stacks = await tables.stacks.inPool(id)
      if (stacks.length > 0) throw new Refusal('conflict', `pool ${found.name} is used by ${listed(stacks)}`)
      await tables.pools.remove(id)
      return found
    })
    await this.#parts.onReset(id, by)
    return viewOf(record)
  }

  async get(id: string): Promise<PoolView | null> {
    const record = await this.#parts.store.read((tables) => tables.pools.get(id))
    return record ? viewOf(record) : null
  }

  async list(): Promise<readonly PoolView[]> {
    return (await this.#parts.store.read((tables) => tables.pools.list())).map(viewOf)
  }

  /** The pool's certificate. Its common name is for people: which pool a worker belongs to is looked up by the fingerprint. */
  #certify(id: string, publicKey: KeyObject): Certified {
    const wish = { publicKey, name: id, now: this.#parts.clock.now(), days: certificateDays, use: 'client' } as const
    const certificate = issueCertificate(this.#parts.authority, wish)
    const { fingerprint256, validToDate } = new X509Certificate(certificate)
    const fingerprint = fingerprint256.replaceAll(':', '').toLowerCase()
    return { certificate, fingerprint, certificateExpiresAt: validToDate.getTime() }
  }

  #viewWithToken(pool: PoolRecord): PoolView {
    const { authority, endpoints } = this.#parts
    const config = encodeToken({
      version: 1,
      broker: { endpoint: endpoints.broker },
      api: { endpoint: endpoints.api },
      pool: { id: pool.id },
      certificate: pool.certificate,
      authority: authority.certificate,
    })
    return { ...viewOf(pool), config }
  }
}

type Certified = Pick<PoolRecord, 'certificate' | 'fingerprint' | 'certificateExpiresAt'>

const defaults = { description: null, labels: [], space: 'root', driftDetectionRunLimit: null }

async function known(tables: Tables, id: string): Promise<PoolRecord> {
  const pool = await tables.pools.get(id)
  if (!pool) throw new Refusal('not-found', 'not found')
  return pool
}

async function refuseDouble(tables: Tables, pool: PoolRecord): Promise<void> {
  const other = await tables.pools.named(pool.name)
  if (other && other.id !== pool.id) throw new Refusal('conflict', `pool name: ${pool.name} is taken by ${other.id}`)
}

function listed(stacks: readonly string[]): string {
  const shown = stacks.slice(0, 5).join(', ')
  return stacks.length > 5 ? `stacks ${shown} and ${stacks.length - 5} more` : `stacks ${shown}`
}

function viewOf(pool: PoolRecord): PoolView {
  const { certificate: _certificate, fingerprint: _fingerprint, ...view } = pool
  return { ...view, config: null }
}
