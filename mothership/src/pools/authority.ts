import { createPrivateKey, generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { Refusal } from '../base/errors.ts'
import { EnvelopeRefused } from '../secrets/secrets.ts'
import type { Store } from '../store/store.ts'
import { type Issuer, selfSignedAuthority } from './certificate.ts'
import { type KeyPlace, loadPair, type Pair, savePair } from './key-file.ts'

const fileName = 'authority.sealed'
const days = 3650
const keyBits = 3072

/**
 * Loads the authority of this mothership, or makes it at the first start. Rejects with the Refusal `conflict` if it was sealed under
 * another master key, or if it is missing although there are pools: their workers would trust nobody any more.
 */
export async function openAuthority(place: KeyPlace, store: Store): Promise<Issuer> {
  const pair = (await load(place)) ?? (await make(place, store))
  return { certificate: pair.certificate, key: createPrivateKey(pair.key) }
}

async function load(place: KeyPlace): Promise<Pair | null> {
  try {
    return await loadPair(place, fileName)
  } catch (error) {
    if (!(error instanceof EnvelopeRefused)) throw error
    const message = `${fileName} in ${place.directory} was changed, or sealed under another master key than the one that is there`
    throw new Refusal('conflict', `${message}: put back both from the same copy`, { cause: error })
  }
}

async function make(place: KeyPlace, store: Store): Promise<Pair> {
  const pools = await store.read((tables) => tables.pools.list())
  if (pools.length > 0) {
    const message = `${fileName} is missing in ${place.directory}, but pools hold certificates of it`
    throw new Refusal('conflict', `${message}: put it back from a copy`)
  }
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: keyBits })
  const name = `spacelift-mothership authority ${randomBytes(4).toString('hex')}`
  const certificate = selfSignedAuthority(privateKey, { publicKey, name, now: place.now, days })
  const pair = { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate }
  await savePair(place, fileName, pair)
  return pair
}
