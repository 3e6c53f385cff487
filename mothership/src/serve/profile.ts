import { readFile } from 'node:fs/promises'
import { decoded, decodeJson, undecodable, type Check } from '../../../protocol/decoded.ts'
import { replaceFile } from './data-directory.ts'

/** What of the API keys is needed here. */
export interface ProfileKeys {
  create(name: string): Promise<{ readonly id: string; readonly secret: string }>
  verify(id: string, secret: string): Promise<unknown>
  list(): Promise<readonly { readonly id: string; readonly name: string }[]>
  remove(id: string): Promise<void>
}

/** Where the mothership is reached, and what its certificate is checked against (PEM). */
export interface Whereabouts {
  readonly endpoint: string
  readonly authority: string
}

const checkProfile: Check<ProfileKey> = (value) => {
  const { keyId, keySecret } = (value ?? {}) as Readonly<Record<string, unknown>>
  if (typeof keyId === 'string' && typeof keySecret === 'string') return decoded({ keyId, keySecret })
  return undecodable('wrong-shape', 'profile: expected keyId and keySecret')
}
const keyName = 'profile'

/**
 * Writes the profile of the command line: where this mothership is, and a key for it. The key of the profile that is there is kept. A new
 * one takes its place if it is gone or good for nothing any more: so whoever wants another key removes the file and starts again.
 */
export async function writeProfile(path: string, whereabouts: Whereabouts, keys: ProfileKeys): Promise<void> {
  const key = (await presentKey(path, keys)) ?? (await newKey(keys))
  const profile = { endpoint: whereabouts.endpoint, ...key, authority: whereabouts.authority }
  await replaceFile(path, `${JSON.stringify(profile, null, 2)}\n`)
}

interface ProfileKey {
  readonly keyId: string
  readonly keySecret: string
}

async function presentKey(path: string, keys: ProfileKeys): Promise<ProfileKey | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const profile = decodeJson('profile', text, checkProfile)
  if (!profile.ok) return null
  return (await keys.verify(profile.value.keyId, profile.value.keySecret)) ? profile.value : null
}

async function newKey(keys: ProfileKeys): Promise<ProfileKey> {
  for (const key of await keys.list()) if (key.name === keyName) await keys.remove(key.id)
  const { id, secret } = await keys.create(keyName)
  return { keyId: id, keySecret: secret }
}
