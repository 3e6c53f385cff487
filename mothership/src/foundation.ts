import { monotonicFactory } from 'ulid'
import { CannotStart } from './base/cannot-start.ts'
import type { Clock } from './base/clock.ts'
import type { ServerIdentity } from './base/peer.ts'
import { DirectoryObjects } from './objects/directory-objects.ts'
import { openAuthority } from './pools/authority.ts'
import type { Issuer } from './pools/certificate.ts'
import { openServerIdentity } from './pools/server-identity.ts'
import { openMasterKey } from './secrets/master-key.ts'
import { Secrets } from './secrets/secrets.ts'
import { openSigningKey, type SigningKey } from './secrets/signing-key.ts'
import type { DataDirectory } from './serve/data-directory.ts'
import { Store } from './store/store.ts'

/** What every room is built on. */
export interface Foundation {
  readonly clock: Clock
  /** A new ULID, greater than every earlier one of this process. */
  readonly newId: () => string
  readonly secrets: Secrets
  readonly store: Store
  readonly objects: DirectoryObjects
  readonly authority: Issuer
  readonly identity: ServerIdentity
  /** Vouches for runs to clouds. */
  readonly signingKey: SigningKey
}

/**
 * Opens what is kept in the data directory, in the order in which one thing needs the other: the master key opens the sealed keys, the
 * database says whether a lost authority would orphan its pools. `hosts`: what the server's certificate is to name.
 */
export async function openFoundation(data: DataDirectory, hosts: readonly string[], clock: Clock): Promise<Foundation> {
  const secrets = new Secrets(await openMasterKey(data.masterKey, data.database))
  const store = await openStore(data.database)
  try {
    const objects = new DirectoryObjects(data.objects)
    await objects.recover()
    const place = { directory: data.keys, secrets, now: clock.now() }
    const authority = await openAuthority(place, store)
    const identity = await openServerIdentity(place, authority, hosts)
    const signingKey = await openSigningKey(place)
    const nextUlid = monotonicFactory()
    return { clock, newId: () => nextUlid(clock.now()), secrets, store, objects, authority, identity, signingKey }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function openStore(path: string): Promise<Store> {
  try {
    return await Store.open(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR')) throw error
    throw new CannotStart(`the database ${path} cannot be opened: ${error.message}`, { cause: error })
  }
}
