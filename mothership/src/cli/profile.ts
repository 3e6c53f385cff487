import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CommandFailure, exitCodes } from './failure.ts'
import type { Io } from './io.ts'

/** Where the mothership is, and who asks. */
export interface Profile {
  /** Without `/graphql` and without a slash at the end. */
  readonly endpoint: string
  readonly keyId: string
  readonly keySecret: string
  /** PEM that the server's certificate is checked against; null: the system's. */
  readonly authority: string | null
}

const help =
  'Name a profile with --profile FILE or SPACELIFT_MOTHERSHIP_PROFILE (`serve` writes one to <data>/profile.json), or set ' +
  'SPACELIFT_API_KEY_ENDPOINT, SPACELIFT_API_KEY_ID, SPACELIFT_API_KEY_SECRET and, for a private authority, SPACELIFT_API_TLS_CA.'

/** Finds the profile: the option, then its variable, then the variables that spacectl reads. */
export async function findProfile(io: Io, option: string | undefined): Promise<Profile> {
  const file = option ?? io.env['SPACELIFT_MOTHERSHIP_PROFILE']
  if (file) return readProfile(resolve(io.cwd, file))
  return profileOfEnvironment(io)
}

async function readProfile(file: string): Promise<Profile> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(
      exitCodes.usage,
      `Cannot read the profile ${file} (${error.code ?? error.message}).\n${help}`,
    )
  })
  const { endpoint, keyId, keySecret, authority } = fieldsOf(text)
  if (!endpoint || !keyId || !keySecret) {
    throw new CommandFailure(
      exitCodes.usage,
      `${file} is not a profile: expected JSON with endpoint, keyId and keySecret.`,
    )
  }
  return { endpoint: trimmed(endpoint), keyId, keySecret, authority: authority ?? null }
}

function fieldsOf(text: string): Partial<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text)
    const entries = Object.entries(typeof value === 'object' && value !== null ? value : {})
    return Object.fromEntries(entries.filter(([, field]) => typeof field === 'string'))
  } catch {
    return {}
  }
}

async function profileOfEnvironment({ env, cwd }: Io): Promise<Profile> {
  const names = ['SPACELIFT_API_KEY_ENDPOINT', 'SPACELIFT_API_KEY_ID', 'SPACELIFT_API_KEY_SECRET'] as const
  const [endpoint, keyId, keySecret] = names.map((name) => env[name])
  if (!endpoint || !keyId || !keySecret) {
    const missing = names.filter((name) => !env[name])
    const said = missing.length === names.length ? '' : ` (not set: ${missing.join(', ')})`
    throw new CommandFailure(exitCodes.usage, `No mothership is named${said}.\n${help}`)
  }
  const file = env['SPACELIFT_API_TLS_CA']
  const authority = file ? await readFile(resolve(cwd, file), 'utf8') : null
  return { endpoint: trimmed(endpoint), keyId, keySecret, authority }
}

/** People copy the address of the API itself, too. */
function trimmed(endpoint: string): string {
  return endpoint.replace(/\/+$/, '').replace(/\/graphql$/, '')
}
