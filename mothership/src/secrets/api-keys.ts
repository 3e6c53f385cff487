import type { Clock } from '../base/clock.ts'
import type { Store } from '../store/store.ts'
import { isSecretOf, newSecret, secretHash } from './secret-hash.ts'

/** A key without its secret. */
export interface ApiKey {
  readonly id: string
  readonly name: string
}

/** What keys are kept with. `newId` makes ULIDs. */
export interface ApiKeysParts {
  readonly store: Store
  readonly clock: Clock
  readonly newId: () => string
}

/** The keys that people and tools exchange for a token. */
export class ApiKeys {
  readonly #parts: ApiKeysParts
  /** An unknown id is compared with this, so that it takes as long as a known one. */
  readonly #nobody = secretHash(newSecret())

  constructor(parts: ApiKeysParts) {
    this.#parts = parts
  }

  /** Makes a key. The secret is in this answer and nowhere else. */
  async create(name: string): Promise<ApiKey & { readonly secret: string }> {
    const secret = newSecret()
    const { clock, newId } = this.#parts
    const key = { id: newId(), name, hash: secretHash(secret), createdAt: clock.now() }
    await this.#parts.store.transaction((tables) => tables.keys.insert(key))
    return { id: key.id, name, secret }
  }

  /** The key, or null if there is none with this id and secret. */
  async verify(id: string, secret: string): Promise<ApiKey | null> {
    const key = await this.#parts.store.read((tables) => tables.keys.get(id))
    const good = isSecretOf(secret, key?.hash ?? this.#nobody)
    return key && good ? { id: key.id, name: key.name } : null
  }

  /** Oldest first. */
  async list(): Promise<readonly ApiKey[]> {
    const keys = await this.#parts.store.read((tables) => tables.keys.list())
    return keys.map(({ id, name }) => ({ id, name }))
  }

  /** The key is good for nothing any more; a token that it was exchanged for is until it ends. */
  remove(id: string): Promise<void> {
    return this.#parts.store.transaction((tables) => tables.keys.remove(id))
  }
}
