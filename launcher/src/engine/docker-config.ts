import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LauncherError } from '../base/errors.ts'
import { registryAlias } from '../run/image-reference.ts'

/** Credentials for one registry, in the daemon's words. */
export type RegistryLogin =
  | { readonly username: string; readonly password: string }
  | { readonly identitytoken: string }
  | { readonly registrytoken: string }

/** Docker's own `config.json`, as far as registries are concerned; keys as `registryKey` makes them. */
export interface DockerConfig {
  /** Entries as they are in the file: those that nobody needs are not looked at. */
  readonly auths: ReadonlyMap<string, unknown>
  readonly credHelpers: ReadonlyMap<string, string>
  readonly credsStore: string | null
}

const nothing: DockerConfig = { auths: new Map(), credHelpers: new Map(), credsStore: null }

/** Where Docker keeps it. */
export function configFile(directory: string): string {
  return join(directory, 'config.json')
}

/** Reads the file as it is now; one that is not there has no credentials. Rejects with REGISTRY_LOGIN_FAILED. */
export async function readDockerConfig(directory: string): Promise<DockerConfig> {
  const file = configFile(directory)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'ENOENT') return nothing
    throw loginFailed(`${file} cannot be read (${code})`)
  }
  // What JSON.parse throws quotes the text.
  const parsed = parseOrNull(text)
  if (!isObject(parsed)) throw loginFailed(`${file}: expected a JSON object, as \`docker login\` writes it`)
  const { auths, credHelpers, credsStore } = parsed
  return {
    auths: keyed(section(file, 'auths', auths)),
    credHelpers: keyed(section(file, 'credHelpers', credHelpers), (name) => helperName(file, name)),
    credsStore: credsStore === undefined || credsStore === '' ? null : helperName(file, credsStore),
  }
}

/** What an entry of `auths` says; null: nothing, as where a helper keeps the credentials. */
export function loginOf(entry: unknown, about: string): RegistryLogin | null {
  if (!isObject(entry)) throw loginFailed(`${about}: expected an object`)
  const { auth, username, password, identitytoken, registrytoken } = entry
  if (isText(identitytoken)) return { identitytoken }
  if (isText(registrytoken)) return { registrytoken }
  if (isText(auth)) return decoded(auth, about)
  return isText(username) && isText(password) ? { username, password } : null
}

/** A registry's key without what people write around it, such as `https://` and `/v1/`. Docker Hub has several names. */
export function registryKey(text: string): string {
  const key = text
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/(v[12]\/?)?$/, '')
  const [host = '', ...path] = key.split('/')
  return [registryAlias(host), ...path].join('/')
}

/** A failure that is about credentials. `what` has none in it. */
export function loginFailed(what: string): LauncherError {
  return new LauncherError('REGISTRY_LOGIN_FAILED', `cannot find the registry's credentials: ${what}`)
}

function decoded(auth: string, about: string): RegistryLogin {
  // Docker itself pads with NUL.
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '')
  const colon = text.indexOf(':')
  if (colon < 1) throw loginFailed(`${about}: expected \`auth\` to be base64 of NAME:PASSWORD`)
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

function section(file: string, name: string, value: unknown): Record<string, unknown> {
  if (value === undefined || value === null) return {}
  if (isObject(value)) return value
  throw loginFailed(`${file}: expected \`${name}\` to be an object`)
}

function keyed(entries: Record<string, unknown>): Map<string, unknown>
function keyed<T>(entries: Record<string, unknown>, read: (value: unknown) => T): Map<string, T>
function keyed(entries: Record<string, unknown>, read = (value: unknown): unknown => value): Map<string, unknown> {
  return new Map(Object.entries(entries).map(([key, value]) => [registryKey(key), read(value)]))
}

/** The name becomes part of a program's, which is looked for on the PATH alone. */
function helperName(file: string, name: unknown): string {
  if (typeof name === 'string' && /^[A-Za-z0-9][\w.-]*$/.test(name)) return name
  throw loginFailed(`${file}: expected the name of a credential helper such as ecr-login, got ${JSON.stringify(name)}`)
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
