import { askHelper } from './credential-helper.ts'
import { configFile, loginOf, readDockerConfig, type DockerConfig, type RegistryLogin } from './docker-config.ts'
import { ecrLogin, ecrRegion } from './ecr.ts'
import { direct, type Outbound } from '../base/outbound.ts'
import { defaultRegistry, registryAlias, type ImageReference } from '../run/image-reference.ts'

/** Credentials for one pull, and where they are from. */
export interface RegistryAuth {
  /** The value of `X-Registry-Auth`, or null. A secret. */
  readonly header: string | null
  /** For messages, without secrets. */
  readonly from: string
}

/** Where an image is: all that credentials depend on. */
export type ImagePlace = Pick<ImageReference, 'registry' | 'repository'>

/** Finds credentials, anew each time. Rejects with REGISTRY_LOGIN_FAILED, or with the signal's reason. */
export type FindRegistryAuth = (place: ImagePlace, signal: AbortSignal) => Promise<RegistryAuth>

interface Found {
  readonly login: RegistryLogin
  readonly from: string
}

/** Docker Hub's name in `config.json`, to helpers and to the daemon. */
const hubServer = 'https://index.docker.io/v1/'

/**
 * Finds credentials as Docker's own client does, in `config.json` of a directory: a helper for the registry, then the helper
 * for all, then the file itself, where the longest key counts. For Amazon ECR, if there is nothing, AWS is asked for a token.
 */
export function registryAuth(directory: string | null, outbound = direct): FindRegistryAuth {
  return async (place, signal) => {
    const found =
      (directory === null ? null : await configured(directory, place, signal)) ??
      (await ambient(place, { outbound, signal }))
    if (found !== null) return { header: headerOf(found.login, serverOf(place.registry)), from: found.from }
    const looked = directory === null ? '' : `: ${configFile(directory)} has none for ${place.registry}`
    return { header: null, from: `without credentials${looked}` }
  }
}

async function configured(directory: string, place: ImagePlace, signal: AbortSignal): Promise<Found | null> {
  const config = await readDockerConfig(directory)
  return (await helped(config, place, signal)) ?? written(config, place, configFile(directory))
}

async function helped(config: DockerConfig, place: ImagePlace, signal: AbortSignal): Promise<Found | null> {
  const own = keysOf(place).find((key) => config.credHelpers.has(key))
  const asked = [
    ...(own === undefined ? [] : [{ name: config.credHelpers.get(own) ?? '', server: serverOf(own) }]),
    ...(config.credsStore === null ? [] : [{ name: config.credsStore, server: serverOf(place.registry) }]),
  ]
  for (const { name, server } of asked) {
    const login = await askHelper(name, { server, signal })
    if (login !== null) return { login, from: `with the credentials of docker-credential-${name}` }
  }
  return null
}

function written({ auths }: DockerConfig, place: ImagePlace, file: string): Found | null {
  for (const key of keysOf(place)) {
    if (!auths.has(key)) continue
    const login = loginOf(auths.get(key), `${file}: auths of ${JSON.stringify(key)}`)
    if (login !== null) return { login, from: `with the credentials of ${JSON.stringify(key)} in ${file}` }
  }
  return null
}

async function ambient(
  { registry }: ImagePlace,
  way: { readonly outbound: Outbound; readonly signal: AbortSignal },
): Promise<Found | null> {
  const region = ecrRegion(registry)
  if (region === null) return null
  return { login: await ecrLogin(region, way), from: `with a token of Amazon ECR in ${region}` }
}

/** The keys that an image's credentials may be under, longest first: `host/team/app`, `host/team`, `host`. */
function keysOf({ registry, repository }: ImagePlace): string[] {
  const parts = [registryAlias(registry), ...repository.split('/')]
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'))
}

function serverOf(key: string): string {
  return registryAlias(key) === defaultRegistry ? hubServer : key
}

/** The daemon wants the padding too. */
function headerOf(login: RegistryLogin, serveraddress: string): string {
  const text = Buffer.from(JSON.stringify({ ...login, serveraddress })).toString('base64')
  return text.replaceAll('+', '-').replaceAll('/', '_')
}

/** No credentials for anything. */
export const anonymous: FindRegistryAuth = registryAuth(null)

/** What a call of the daemon carries. */
export function headersOf({ header }: RegistryAuth): Readonly<Record<string, string>> {
  return header === null ? {} : { 'X-Registry-Auth': header }
}
